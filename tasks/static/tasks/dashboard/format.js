const LOCALE = "en-GB";
const NARROW_SPACE = "\u00a0";

const UNITS = [
  { seconds: 86400, short: "d", long: "day" },
  { seconds: 3600, short: "h", long: "hour" },
  { seconds: 60, short: "min", long: "minute" },
  { seconds: 1, short: "s", long: "second" },
];
const FINE_UNTIL_DAYS = 14;

const wholeNumber = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const wholePercent = new Intl.NumberFormat(LOCALE, { style: "percent", maximumFractionDigits: 0 });
const ago = new Intl.RelativeTimeFormat(LOCALE, { numeric: "auto" });
const localMoment = new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium", timeStyle: "short" });

export const number = (value) => wholeNumber.format(value);

/** A share between 0 and 1, or null for an empty total. Only 0 is "0%" and only 1 is "100%". */
export function percent(share) {
  if (share === null) return "–";
  if (share > 0 && share < 0.005) return "<1%";
  if (share >= 0.995 && share < 1) return ">99%";
  return wholePercent.format(share);
}

/** `count(1, "task")` is "1 task", `count(2, "task")` is "2 tasks". */
export const count = (value, noun) => `${number(value)} ${noun}${value === 1 ? "" : "s"}`;

/** Seconds in the two largest units, rounded down: [[2, day], [4, hour]]. */
function durationParts(seconds) {
  const first = UNITS.find((unit) => seconds >= unit.seconds) ?? UNITS.at(-1);
  const second = UNITS[UNITS.indexOf(first) + 1];
  const whole = Math.floor(seconds / first.seconds);
  const rest = second ? Math.floor((seconds % first.seconds) / second.seconds) : 0;
  const coarse = first.seconds < 3600 || (first.long === "day" && whole >= FINE_UNTIL_DAYS);
  return coarse || rest === 0 ? [[whole, first]] : [[whole, first], [rest, second]];
}

/** "2 d 4 h", "35 min", "41 d"; null is a dash. */
export function duration(seconds) {
  if (seconds === null) return "–";
  const parts = durationParts(seconds).map(([value, unit]) => `${number(value)}${NARROW_SPACE}${unit.short}`);
  return parts.join(NARROW_SPACE);
}

/** A duration for screen readers: "2 days 4 hours". */
export function spokenDuration(seconds) {
  if (seconds === null) return "none";
  return durationParts(seconds).map(([value, unit]) => count(value, unit.long)).join(" ");
}

/** An instant in the browser's time zone: "22 Nov 2026, 16:57". */
export const moment = (iso) => localMoment.format(new Date(iso));

/** How long ago an instant was: "3 minutes ago". A slow clock gives "just now". */
export function since(iso, now) {
  const seconds = Math.max(0, (now - new Date(iso)) / 1000);
  if (seconds < 60) return "just now";
  const unit = UNITS.find((candidate) => seconds >= candidate.seconds);
  return ago.format(-Math.floor(seconds / unit.seconds), unit.long);
}

/** "in_progress" as "In progress". */
export function words(value) {
  const text = value.replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}
