import { ownTimeZone, titlesOfOldest } from "./api.js";
import { periodOf, publishedDays, rangeWithin } from "./period.js";

/** Answers by name, without those of insights that this version of the API lacks. */
async function answersBy(names, ask) {
  const answers = await Promise.all(names.map(ask));
  return new Map(names.map((name, index) => [name, answers[index]]).filter(([, answer]) => answer !== null));
}

/** Titles help to read the figures, which can be read without them. */
const titlesFor = ({ organization }) => (organization ? new Map() : titlesOfOldest().catch(() => new Map()));

/** Everybody's days are UTC's; so are those of somebody whose profile can't be read. */
const zoneFor = ({ organization }) => (organization ? "UTC" : ownTimeZone().catch(() => "UTC"));

/**
 * All that is published: `{summary, titles, zone, whole}`, the latter the answers by name. The summary comes first: when
 * a pass publishes meanwhile, the answers are newer than it and the next look for newer figures finds that out, while an
 * answer older than the summary would stay. Before the first pass, and in trouble, it is the one request.
 */
export async function loadPublished(source, names) {
  const summary = await source.summary();
  if (summary.as_of === null) return { summary, titles: new Map(), zone: "UTC", whole: new Map() };
  const [titles, zone, whole] = await Promise.all([
    titlesFor(source),
    zoneFor(source),
    answersBy(names, (name) => source.insight(name)),
  ]);
  return { summary, titles, zone, whole };
}

/**
 * `{period, published, shown}`: the days a choice stands for, those that can be chosen, and the answers for it. Only the
 * insights of `overTime` follow it; the others tell how things stand, whatever the period.
 */
export async function loadPeriod(source, { whole, summary }, choice, overTime) {
  const dated = overTime.map((name) => whole.get(name)).filter(Boolean);
  const published = publishedDays(dated, summary.as_of);
  const period = periodOf(choice, published);
  const shown = await answersBy([...whole.keys()], (name) => {
    const answer = whole.get(name);
    const range = overTime.includes(name) ? rangeWithin(answer, period) : "all";
    if (range === "all") return answer;
    return range === "nothing" ? { ...answer, rows: [] } : source.insight(name, range);
  });
  return { period, published, shown };
}
