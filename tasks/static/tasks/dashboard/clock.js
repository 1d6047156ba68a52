/**
 * Reads instants off the clock on the wall of a time zone. `clockOf("Asia/Tokyo")("2026-11-22T15:57:12.000Z")` is the
 * Date whose UTC day and time are what that clock shows, so that it compares with days (see days.js). A zone that this
 * browser doesn't know is UTC.
 */
export function clockOf(zone) {
  const format = wallFormat(zone);
  return (iso) => {
    const { year, month, day, hour, minute, second } = Object.fromEntries(
      format.formatToParts(new Date(iso)).map(({ type, value }) => [type, Number(value)]),
    );
    return new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  };
}

function wallFormat(timeZone) {
  const parts = ["year", "month", "day", "hour", "minute", "second"];
  const options = { ...Object.fromEntries(parts.map((part) => [part, "numeric"])), hourCycle: "h23" };
  try {
    return new Intl.DateTimeFormat("en-GB", { ...options, timeZone });
  } catch {
    return new Intl.DateTimeFormat("en-GB", { ...options, timeZone: "UTC" });
  }
}
