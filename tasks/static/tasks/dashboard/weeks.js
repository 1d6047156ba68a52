import { DAY_MS, dayRange } from "./days.js";

/** ISO weeks, written "2026-W47". */

/** The first day of a week. */
export function mondayOf(week) {
  const [year, number] = week.split("-W").map(Number);
  const fourthOfJanuary = new Date(Date.UTC(year, 0, 4));
  const weekday = (fourthOfJanuary.getUTCDay() + 6) % 7;
  return new Date(fourthOfJanuary.getTime() + ((number - 1) * 7 - weekday) * DAY_MS);
}

/** The last day of a week. */
export const sundayOf = (week) => new Date(mondayOf(week).getTime() + 6 * DAY_MS);

/** The week of a day. */
export function weekOf(date) {
  const weekday = (date.getUTCDay() + 6) % 7;
  const thursday = new Date(date.getTime() + (3 - weekday) * DAY_MS);
  const newYear = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  const number = Math.floor((thursday.getTime() - newYear) / (7 * DAY_MS)) + 1;
  return `${thursday.getUTCFullYear()}-W${String(number).padStart(2, "0")}`;
}

/** All weeks from the first to the last, inclusive. */
export function weeksBetween(first, last) {
  const weeks = [];
  const end = mondayOf(last).getTime();
  for (let monday = mondayOf(first).getTime(); monday <= end; monday += 7 * DAY_MS) {
    weeks.push(weekOf(new Date(monday)));
  }
  return weeks;
}

/** A week's days: "16–22 Nov 2026". */
export const weekRange = (week) => dayRange(mondayOf(week), sundayOf(week));
