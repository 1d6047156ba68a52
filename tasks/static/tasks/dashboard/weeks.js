/** ISO weeks, written "2026-W47". Dates stand for days, at midnight UTC; whose days they are is the API's matter. */

const LOCALE = "en-GB";
const DAY = 86400000;

const dayAndMonth = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "short", timeZone: "UTC" });
const monthAndYear = new Intl.DateTimeFormat(LOCALE, { month: "short", year: "numeric", timeZone: "UTC" });
const fullDay = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });

/** The Monday that a week begins with. */
export function mondayOf(week) {
  const [year, number] = week.split("-W").map(Number);
  const fourthOfJanuary = new Date(Date.UTC(year, 0, 4));
  const weekday = (fourthOfJanuary.getUTCDay() + 6) % 7;
  return new Date(fourthOfJanuary.getTime() + ((number - 1) * 7 - weekday) * DAY);
}

/** The week of a day. */
export function weekOf(date) {
  const weekday = (date.getUTCDay() + 6) % 7;
  const thursday = new Date(date.getTime() + (3 - weekday) * DAY);
  const newYear = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  const number = Math.floor((thursday.getTime() - newYear) / (7 * DAY)) + 1;
  return `${thursday.getUTCFullYear()}-W${String(number).padStart(2, "0")}`;
}

/** All weeks from the first to the last, both included, without gaps. */
export function weeksBetween(first, last) {
  const weeks = [];
  const end = mondayOf(last).getTime();
  for (let monday = mondayOf(first).getTime(); monday <= end; monday += 7 * DAY) {
    weeks.push(weekOf(new Date(monday)));
  }
  return weeks;
}

/** A week's days: "16–22 Nov 2026". */
export function weekRange(week) {
  const monday = mondayOf(week);
  return fullDay.formatRange(monday, new Date(monday.getTime() + 6 * DAY));
}

/** A week's label on an axis: its Monday, or month and year where the axis spans years. */
export function weekTick(week, spansYears) {
  return (spansYears ? monthAndYear : dayAndMonth).format(mondayOf(week));
}
