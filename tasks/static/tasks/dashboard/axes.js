import { DAY_MS, dateOf, dayName, momentName, tickName } from "./days.js";
import { mondayOf, weekRange } from "./weeks.js";

/**
 * Horizontal axes: `{labels, title, tick}`. `title(index)` names a position in full, `tick(index)` in short. A time
 * axis has a Chart.js `scale` instead of ticks.
 */

const WEEKS_WITH_DAYS = 60;
const DAYS_WITH_DAYS = 250;
const DAYS_APART = 14;

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

/** Round times between two times: each day, each Monday or each first of a month, depending on the span. */
function roundTimes(start, end) {
  const days = (end - start) / DAY_MS;
  const all = Array.from({ length: Math.ceil(days) }, (_, index) => new Date(start + index * DAY_MS));
  if (days <= DAYS_APART) return all;
  return all.filter((date) => (days > DAYS_WITH_DAYS ? date.getUTCDate() === 1 : date.getUTCDay() === 1));
}

/** An axis from the start of the first day to the end of the last; `moments` are the Dates of its positions. */
export function timeAxis(moments, { first, last }) {
  const [min, max] = [dateOf(first).getTime(), dateOf(last).getTime() + DAY_MS];
  const spansYears = (max - min) / DAY_MS > DAYS_WITH_DAYS;
  return {
    labels: moments,
    title: (index) => momentName(moments[index]),
    scale: {
      type: "linear",
      min,
      max,
      offset: false,
      afterBuildTicks: (scale) => { scale.ticks = roundTimes(min, max).map((date) => ({ value: date.getTime() })); },
      ticks: { callback: (value) => tickName(new Date(value), spansYears) },
    },
  };
}
