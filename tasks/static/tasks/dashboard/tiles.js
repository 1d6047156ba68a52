import { count, duration, number, percent, spokenDuration } from "./format.js";
import { weekRange } from "./weeks.js";

const OPEN = ["pending", "in_progress"];

const ofAll = (rows) => rows?.find((row) => row.week === null && row.n > 0);

function leadTimeTile(label, hint, key) {
  return ({ insights }) => {
    const row = ofAll(insights["lead-time"]);
    return row && { label, value: duration(row[key]), spoken: spokenDuration(row[key]), hint };
  };
}

function thisWeek({ throughput }) {
  const row = throughput?.at(-1);
  return row && { label: "Completed this week", value: number(row.completed), hint: weekRange(row.week) };
}

function open({ insights }) {
  if (!insights.mix) return undefined;
  const [pending, started] = OPEN.map(
    (status) => insights.mix.find((row) => row.dimension === "status" && row.value === status)?.n ?? 0,
  );
  return { label: "Open", value: number(pending + started), hint: `${number(started)} in progress` };
}

function completionRate({ insights }) {
  const row = insights["completion-rate"]?.[0];
  return row && { label: "Completion rate", value: percent(row.share), hint: "without cancelled ones" };
}

function streak({ insights }) {
  const row = insights.streak?.[0];
  return row && { label: "Streak", value: count(row.current, "day"), hint: `longest: ${count(row.longest, "day")}` };
}

const TILES = [
  thisWeek,
  open,
  leadTimeTile("Half done within", "of being created", "p50_s"),
  leadTimeTile("85 of 100 done within", "of being created", "p85_s"),
  completionRate,
  streak,
];

/**
 * The figures at the top, those whose insight exists.
 * @param figures `{insights, throughput}`: the summary's rows by insight, and the rows of throughput if there are any
 */
export const tiles = (figures) => TILES.map((tile) => tile(figures)).filter(Boolean);
