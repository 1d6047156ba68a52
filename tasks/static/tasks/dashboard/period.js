import { DAY_MS, dateOf, dayOf } from "./days.js";
import { mondayOf, sundayOf, weekOf } from "./weeks.js";

/**
 * The period of the charts. A choice is `{weeks: 12}` (the latest ones), `{weeks: Infinity}` (all) or
 * `{from, to}` in days; a period is `{first, last}` in days.
 */

export const USUAL_CHOICE = { weeks: 26 };

const isWeek = (unit) => unit.includes("-W");
const firstDay = (unit) => (isWeek(unit) ? dayOf(mondayOf(unit)) : unit);
const lastDay = (unit) => (isWeek(unit) ? dayOf(sundayOf(unit)) : unit);

/** The published days, `{first, last}`, of all responses with a period; the last is as_of's. */
export function publishedDays(responses, asOf) {
  const bounded = responses.filter((response) => response.from);
  const today = bounded.find((response) => !isWeek(response.to))?.to ?? asOf.slice(0, 10);
  const firsts = bounded.map((response) => firstDay(response.from)).sort();
  return { first: firsts[0] ?? today, last: today };
}

/** The days of a choice within the published ones; all published days if it has none of them. */
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
 * The range to request from the API for a period: `{from, to}` in the insight's unit, within the published range;
 * "all" if that covers everything published, "nothing" if nothing in the period is published.
 */
export function rangeWithin({ from, to }, { first, last }) {
  if (!from || (first <= firstDay(from) && last >= lastDay(to))) return "all";
  const unit = isWeek(from) ? (day) => weekOf(dateOf(day)) : (day) => day;
  const [start, end] = [unit(first), unit(last)];
  if (start > to || end < from) return "nothing";
  const range = { from: start > from ? start : from, to: end < to ? end : to };
  return range.from === from && range.to === to ? "all" : range;
}

/** The choice in a URL's query: `?weeks=12`, `?weeks=all` or `?from=2026-03-01&to=2026-03-31`. */
export function choiceOf(query) {
  const { weeks, from, to } = Object.fromEntries(new URLSearchParams(query));
  const days = [from, to].map((day) => (/^\d{4}-\d\d-\d\d$/.test(day ?? "") ? dateOf(day) : new Date(NaN)));
  if (days.every((date) => !Number.isNaN(date.getTime())) && from <= to) return { from, to };
  if (weeks === "all") return { weeks: Infinity };
  return /^[1-9]\d{0,2}$/.test(weeks ?? "") ? { weeks: Number(weeks) } : USUAL_CHOICE;
}

/** The query parameters of a choice; empty for the default one. */
export function parametersOf({ weeks, from, to }) {
  if (from) return { from, to };
  if (weeks === USUAL_CHOICE.weeks) return {};
  return { weeks: weeks === Infinity ? "all" : String(weeks) };
}
