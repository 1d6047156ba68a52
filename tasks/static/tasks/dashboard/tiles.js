import { count, duration, number, percent, spokenDuration } from "./format.js";
import { weekRange } from "./weeks.js";

const OPEN = ["pending", "in_progress"];

/** Insights without a chart; their definitions are below the figures. */
export const TILE_INSIGHTS = {
  "due-dates": "Overdue, on time",
  "completion-rate": "Completion rate",
  rework: "Taken up again",
};

const ofAll = (rows) => rows?.find((row) => row.week === null && row.n > 0);
const inStatus = (mix, status) => mix.find((row) => row.dimension === "status" && row.value === status)?.n ?? 0;

function leadTimeTile(label, key) {
  return ({ insights }) => {
    const row = ofAll(insights["lead-time"]);
    return row && { label, value: duration(row[key]), spoken: spokenDuration(row[key]), hint: "of being created" };
  };
}

function thisWeek({ throughput }) {
  const row = throughput?.at(-1);
  return row && { label: "Completed this week", value: number(row.completed), hint: weekRange(row.week) };
}

/** Completions include deleted tasks; the mix counts only existing ones. */
function completions({ insights }) {
  const row = ofAll(insights["lead-time"]);
  if (!row || !insights.mix) return undefined;
  const kept = inStatus(insights.mix, "completed");
  const deleted = row.n - kept;
  const hint = deleted > 0 ? `${number(kept)} still here, ${number(deleted)} deleted since` : "all of them still here";
  return { label: "Completed in all", value: number(row.n), hint };
}

function open({ insights }) {
  if (!insights.mix) return undefined;
  const [pending, started] = OPEN.map((status) => inStatus(insights.mix, status));
  return { label: "Open", value: number(pending + started), hint: `${number(started)} in progress` };
}

function overdue({ insights }) {
  const row = insights["due-dates"]?.[0];
  return row && { label: "Overdue", value: number(row.overdue), hint: "open, their due date has passed" };
}

function onTime({ insights }) {
  const row = insights["due-dates"]?.[0];
  if (!row || row.on_time === null) return undefined;
  return { label: "On time", value: percent(row.on_time), hint: "of those completed with a due date" };
}

function completionRate({ insights }) {
  const row = insights["completion-rate"]?.[0];
  if (!row || row.share === null) return undefined;
  return { label: "Completion rate", value: percent(row.share), hint: "of tasks still here, not cancelled" };
}

function rework({ insights }) {
  const row = insights.rework?.[0];
  if (!row || row.share === null) return undefined;
  return { label: "Taken up again", value: percent(row.share), hint: `of ${count(row.n, "task")} ever completed` };
}

function streak({ insights }) {
  const row = insights.streak?.[0];
  return row && { label: "Streak", value: count(row.current, "day"), hint: `longest: ${count(row.longest, "day")}` };
}

const TILES = [
  thisWeek,
  completions,
  open,
  overdue,
  streak,
  leadTimeTile("Half done within", "p50_s"),
  leadTimeTile("85 of 100 done within", "p85_s"),
  onTime,
  completionRate,
  rework,
];

/**
 * The figures at the top for which there are insights.
 * @param figures `{insights, throughput}`: the summary's rows by insight, and throughput's rows, if any
 */
export const tiles = (figures) => TILES.map((tile) => tile(figures)).filter(Boolean);
