import { duration } from "./format.js";

const HOUR = 3600;
const DAY = 24 * HOUR;
const STEPS = [60, 300, 900, 1800, HOUR, 2 * HOUR, 4 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 5 * DAY, 10 * DAY];
const MOST_STEPS = 5;
const MOST_ABOVE = 0.05;
const FAR = 2;
const HEADROOM = 1.25;

/** The distance between grid lines in seconds: a round one that gives at most five lines. */
function stepFor(longest) {
  const round = STEPS.find((step) => longest / step <= MOST_STEPS);
  return round ?? Math.ceil(longest / MOST_STEPS / (10 * DAY)) * 10 * DAY;
}

/**
 * The top of the scale in seconds: the longest duration, unless a few outliers would squash the rest; then slightly
 * above the rest and `usual`.
 */
function reach(durations, usual) {
  const ascending = durations.toSorted((a, b) => a - b);
  const longest = ascending.at(-1);
  const few = Math.floor(ascending.length * MOST_ABOVE);
  const rest = Math.max(usual, ascending.at(-1 - few));
  return longest > rest * FAR ? rest * HEADROOM : Math.max(longest, usual);
}

/** A value axis for durations in seconds that includes `usual`. The caller marks the dots above its `max`. */
export function durationScale(durations, usual) {
  const top = reach(durations, usual);
  const stepSize = stepFor(Math.max(1, top));
  return {
    max: Math.max(1, Math.ceil(top / stepSize)) * stepSize,
    ticks: { stepSize, callback: (value) => (value === 0 ? "0" : duration(value)) },
  };
}
