/**
 * Converts instants to the local time of a zone. `clockOf("Asia/Tokyo")("2026-11-22T15:57:12.000Z")` is the Date whose
 * UTC day and time equal the local ones, so that it compares with days (see days.js). Unknown zones count as UTC.
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
