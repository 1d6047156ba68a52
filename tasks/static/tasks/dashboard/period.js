import { DAY_MS, dateOf, dayOf } from "./days.js";
import { mondayOf, sundayOf, weekOf } from "./weeks.js";

/**
 * The period that the charts show. A choice is `{weeks: 12}` (the latest ones), `{weeks: Infinity}` (all) or
 * `{from, to}` in days; a period is `{first, last}` in days.
 */

export const USUAL_CHOICE = { weeks: 26 };

const isWeek = (unit) => unit.includes("-W");
const firstDay = (unit) => (isWeek(unit) ? dayOf(mondayOf(unit)) : unit);
const lastDay = (unit) => (isWeek(unit) ? dayOf(sundayOf(unit)) : unit);

/** The days that anything is published for, up to as_of's: of the answers that have a period, `{first, last}`. */
export function publishedDays(answers, asOf) {
  const bounded = answers.filter((answer) => answer.from);
  const today = bounded.find((answer) => !isWeek(answer.to))?.to ?? asOf.slice(0, 10);
  const firsts = bounded.map((answer) => firstDay(answer.from)).sort();
  return { first: firsts[0] ?? today, last: today };
}

/** The days of a choice; never more than are published, and all of those if it has none of them. */
export function periodOf({ weeks, from, to }, published) {
  if (weeks === Infinity || from > published.last || to < published.first) return published;
  if (from) {
    return { first: from > published.first ? from : published.first, last: to < published.last ? to : published.last };
  }
  const monday = mondayOf(weekOf(dateOf(published.last)));
  const first = dayOf(new Date(monday.getTime() - (weeks - 1) * 7 * DAY_MS));
  return { first: first > published.first ? first : published.first, last: published.last };
}

/**
 * What to ask the API of an answer's insight to see a period: `{from, to}` in its own unit, within what is published;
 * "all" if the answer holds no more than that, "nothing" if nothing of it is published.
 */
export function rangeWithin({ from, to }, { first, last }) {
  if (!from || (first <= firstDay(from) && last >= lastDay(to))) return "all";
  const unit = isWeek(from) ? (day) => weekOf(dateOf(day)) : (day) => day;
  const [start, end] = [unit(first), unit(last)];
  if (start > to || end < from) return "nothing";
  const range = { from: start > from ? start : from, to: end < to ? end : to };
  return range.from === from && range.to === to ? "all" : range;
}

/** The choice an address asks for, by its query: `?weeks=12`, `?weeks=all` or `?from=2026-03-01&to=2026-03-31`. */
export function choiceOf(query) {
  const { weeks, from, to } = Object.fromEntries(new URLSearchParams(query));
  const days = [from, to].map((day) => (/^\d{4}-\d\d-\d\d$/.test(day ?? "") ? dateOf(day) : new Date(NaN)));
  if (days.every((date) => !Number.isNaN(date.getTime())) && from <= to) return { from, to };
  if (weeks === "all") return { weeks: Infinity };
  return /^[1-9]\d{0,2}$/.test(weeks ?? "") ? { weeks: Number(weeks) } : USUAL_CHOICE;
}

/** The parameters that lead back to a choice; none for the usual one. */
export function parametersOf({ weeks, from, to }) {
  if (from) return { from, to };
  if (weeks === USUAL_CHOICE.weeks) return {};
  return { weeks: weeks === Infinity ? "all" : String(weeks) };
}
