import { ownTimeZone, oldestTaskTitles } from "./api.js";
import { periodOf, publishedDays, rangeWithin } from "./period.js";

/** Responses by name, without insights that the API lacks. */
async function responsesByName(names, ask) {
  const responses = await Promise.all(names.map(ask));
  return new Map(names.map((name, index) => [name, responses[index]]).filter(([, response]) => response !== null));
}

/** Titles are optional: without them, tasks show their ids. */
const titlesFor = ({ organization }) => (organization ? new Map() : oldestTaskTitles().catch(() => new Map()));

/** The organization's days are in UTC; so are a user's if the profile can't be read. */
const zoneFor = ({ organization }) => (organization ? "UTC" : ownTimeZone().catch(() => "UTC"));

/**
 * Loads all that is published: `{summary, titles, zone, whole}`, where `whole` has the responses by name. Loads the
 * summary first: if a pass publishes meanwhile, the summary is older than the rest, and the next refresh notices.
 * Before the first pass, and on failure, it is the only request.
 */
export async function loadPublished(source, names) {
  const summary = await source.summary();
  if (summary.as_of === null) return { summary, titles: new Map(), zone: "UTC", whole: new Map() };
  const [titles, zone, whole] = await Promise.all([
    titlesFor(source),
    zoneFor(source),
    responsesByName(names, (name) => source.insight(name)),
  ]);
  return { summary, titles, zone, whole };
}

/**
 * Loads `{period, published, shown}`: the days of a choice, the days that can be chosen, and the responses by name.
 * Only the insights of `overTime` depend on the period; the others show the current state.
 */
export async function loadPeriod(source, { whole, summary }, choice, overTime) {
  const dated = overTime.map((name) => whole.get(name)).filter(Boolean);
  const published = publishedDays(dated, summary.as_of);
  const period = periodOf(choice, published);
  const shown = await responsesByName([...whole.keys()], (name) => {
    const response = whole.get(name);
    const range = overTime.includes(name) ? rangeWithin(response, period) : "all";
    if (range === "all") return response;
    return range === "nothing" ? { ...response, rows: [] } : source.insight(name, range);
  });
  return { period, published, shown };
}
