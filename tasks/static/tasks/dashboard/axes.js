import { dateOf, dayName, tickName } from "./days.js";
import { mondayOf, weekRange } from "./weeks.js";

/**
 * What lies along a chart's horizontal axis: `{labels, title, tick, step}`. `title(index)` names a place in full,
 * `tick(index)` in short, and `step` is what the arrow keys go by.
 */

const WEEKS_WITH_DAYS = 60;
const DAYS_WITH_DAYS = 250;

export function weekAxis(weeks) {
  const spansYears = weeks.length > WEEKS_WITH_DAYS;
  return {
    labels: weeks,
    title: (index) => weekRange(weeks[index]),
    tick: (index) => tickName(mondayOf(weeks[index]), spansYears),
  };
}

export function dayAxis(days) {
  const spansYears = days.length > DAYS_WITH_DAYS;
  return {
    labels: days,
    title: (index) => dayName(dateOf(days[index])),
    tick: (index) => tickName(dateOf(days[index]), spansYears),
  };
}
