/** Days, written "2026-11-22", as Dates at midnight UTC. The API decides in which time zone the days are. */

const LOCALE = "en-GB";

export const DAY_MS = 86400000;

const dayAndMonth = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "short", timeZone: "UTC" });
const monthAndYear = new Intl.DateTimeFormat(LOCALE, { month: "short", year: "numeric", timeZone: "UTC" });
const fullMoment = new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" });
const fullDay = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });

export const dateOf = (day) => new Date(`${day}T00:00:00Z`);
export const dayOf = (date) => date.toISOString().slice(0, 10);

/** "22 Nov 2026" */
export const dayName = (date) => fullDay.format(date);

/** "22 Nov 2026, 16:57" */
export const momentName = (date) => fullMoment.format(date);

/** "16–22 Nov 2026", inclusive. */
export const dayRange = (first, last) => fullDay.formatRange(first, last);

/** A date's label on an axis: day and month, or month and year where the axis spans years. */
export const tickName = (date, spansYears) => (spansYears ? monthAndYear : dayAndMonth).format(date);
