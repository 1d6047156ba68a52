import { timeAxis } from "../axes.js";
import { clockOf } from "../clock.js";
import { DAY_MS, dateOf, dayName, dayOf, momentName } from "../days.js";
import { durationScale } from "../duration-scale.js";
import { count, duration, number, spokenDuration } from "../format.js";
import { taskName } from "../task-name.js";
import { colour } from "../theme.js";
import { mondayOf, weekRange } from "../weeks.js";

const COMPLETIONS = "completions";
const PERCENTILES = [
  { key: "p50_s", short: "Half", swatch: "swatch-half", colour: "series-1-strong", dash: [] },
  { key: "p85_s", short: "85 of 100", swatch: "swatch-p85", colour: "series-2", dash: [6, 4] },
  { key: "p95_s", short: "95 of 100", swatch: "swatch-p95", colour: "series-3", dash: [2, 4] },
].map((percentile) => ({ ...percentile, label: `${percentile.short} done within` }));
const NONE = "No matching tasks were completed in the period shown.";

/** Dot sizes by the number of dots: `{most, radius, border}`. */
const SIZES = [
  { most: 150, radius: 4.5, border: 1 },
  { most: 400, radius: 3, border: 0.5 },
  { most: Infinity, radius: 2.25, border: 0.25 },
];

/** The completed tasks with this duration, oldest first: `{task, at, seconds}`, `at` in the zone's local time. */
function dotsOf({ rows }, column, zone) {
  const clock = clockOf(zone);
  return rows
    .filter((row) => row[column] !== null)
    .map((row) => ({ task: row.task_id, at: clock(row.completed_at), seconds: row[column] }))
    .toReversed();
}

/** The days to draw: the period's, from the first completed week or from the oldest published task on. */
function shownDays({ first, last }, firstWeek, cutBefore) {
  const begins = [first, dayOf(mondayOf(firstWeek)), cutBefore ?? first].sort().at(-1);
  return { first: begins, last };
}

const within = ({ at }, { first, last }) => at >= dateOf(first) && at.getTime() < dateOf(last).getTime() + DAY_MS;

/** The highest percentile of all tasks that the duration exceeds, as text; empty below the second. */
function rank(seconds, overall) {
  const passed = PERCENTILES.slice(1).findLast(({ key }) => seconds > overall[key]);
  return passed ? `longer than ${passed.short}` : "";
}

function dotSet(dots, top) {
  const { radius, border } = SIZES.find(({ most }) => dots.length <= most);
  const byHeight = (inside, above) => dots.map(({ seconds }) => (seconds > top ? above : inside));
  return {
    // Draws the dots behind the lines, which they would hide.
    order: 1,
    data: dots.map(({ at, seconds }) => ({ x: at.getTime(), y: Math.min(seconds, top) })),
    pointStyle: byHeight("circle", "triangle"),
    pointBackgroundColor: byHeight(colour("series-1"), colour("series-2")),
    pointBorderColor: colour("surface"),
    pointBorderWidth: border,
    pointRadius: radius,
    pointHoverRadius: 7,
    pointHitRadius: 4,
  };
}

const levelLines = (overall, { min, max }) => PERCENTILES.map(({ key, colour: name, dash }) => ({
  silent: true,
  type: "line",
  data: [min, max].map((x) => ({ x, y: overall[key] })),
  borderColor: colour(name),
  borderWidth: 2,
  borderDash: dash,
  pointRadius: 0,
  pointHoverRadius: 0,
  pointHitRadius: 0,
}));

function plot(dots, days, overall, y) {
  const axis = timeAxis(dots.map(({ at }) => at), days);
  const describe = (index, text) => {
    const { seconds } = dots[index];
    return [`took ${text(seconds)}`, rank(seconds, overall)].filter(Boolean);
  };
  return {
    type: "scatter",
    axis,
    datasets: [dotSet(dots, y.max), ...levelLines(overall, axis.scale)],
    interaction: { mode: "nearest", intersect: true },
    x: axis.scale,
    y,
    label: ({ dataIndex }) => describe(dataIndex, duration),
    spoken: (index) => describe(index, spokenDuration).join(", "),
  };
}

function noteOf({ dots, days, y, cut, published }) {
  const above = dots.filter(({ seconds }) => seconds > y.max);
  const longest = Math.max(...above.map(({ seconds }) => seconds));
  return [
    cut ? `Shows only the newest ${number(published)} completed tasks, since ${dayName(dateOf(days.first))}.` : "",
    "Lines: all completed tasks.",
    above.length > 0 ? `Triangles: ${number(above.length)} above the scale, up to ${duration(longest)}.` : "",
  ].filter(Boolean).join(" ");
}

const legendOf = (dots, y) => [
  { swatch: "swatch-dot", label: "Completed task" },
  ...(dots.some(({ seconds }) => seconds > y.max) ? [{ swatch: "swatch-triangle", label: "Took longer" }] : []),
  ...PERCENTILES.map(({ swatch, short }) => ({ swatch, label: short })),
];

const spokenPercentiles = (row) =>
  PERCENTILES.map(({ key, label }) => `${label.toLowerCase()} ${spokenDuration(row[key])}`).join(", ");

/** The table of weeks, newest first. */
const byWeek = (rows) => ({
  columns: ["Week", "Tasks", ...PERCENTILES.map(({ short }) => short)],
  rows: rows.toReversed().map((row) => [
    weekRange(row.week), number(row.n), ...PERCENTILES.map(({ key }) => duration(row[key])),
  ]),
});

const byTask = (dots, context) => ({
  columns: ["Completed", "Task", "Took"],
  rows: dots.toReversed().map(({ at, task, seconds }) => [momentName(at), taskName(task, context), duration(seconds)]),
});

/** The tasks to draw: `{dots, days, cut}`; `cut` if older tasks of the period are not published. */
function shownDots(response, column, { whole, period, zone }) {
  const all = dotsOf(response, column, zone);
  const oldest = response.truncated && all.length > 0 ? dayOf(all[0].at) : null;
  const days = shownDays(period, whole.from, oldest);
  return { dots: all.filter((dot) => within(dot, days)), days, cut: days.first === oldest && oldest > period.first };
}

/** Why there is nothing to draw: no completions, only unpublished older ones, or no figures yet. */
function emptyMessage({ as_of: asOf, truncated, rows }, weeks) {
  if (weeks.length === 0) return NONE;
  if (asOf === null) return "The tasks appear with the next figures.";
  return truncated ? `Only the newest ${number(rows.length)} completed tasks are shown, all of them later.` : NONE;
}

function drawn({ dots, days, cut }, overall, response, context) {
  const y = durationScale(dots.map(({ seconds }) => seconds), overall.p95_s);
  return {
    plot: plot(dots, days, overall, y),
    summary:
      `A dot for each of ${count(dots.length, "completed task")}. ` +
      `Of all ${count(overall.n, "completed task")}, ${spokenPercentiles(overall)}.`,
    legend: legendOf(dots, y),
    note: noteOf({ dots, days, y, cut, published: response.rows.length }),
    each: byTask(dots, context),
  };
}

/**
 * Lines for the percentiles of the rows `{week, n, p50_s, p85_s, p95_s}` with week null, which covers all time; a dot
 * for each row `{task_id, completed_at, lead_time_s, cycle_time_s}` of `completions`, by its `column`.
 */
function view({ rows }, context, { column, noTasks }) {
  const overall = context.whole.rows.find((row) => row.week === null);
  if (!overall || overall.n === 0 || !context.whole.from) return { message: noTasks };
  const headline = PERCENTILES.map(({ key, label }) => ({
    label,
    value: duration(overall[key]),
    spoken: spokenDuration(overall[key]),
  }));
  const weeks = rows.filter((row) => row.week !== null);
  const response = context.also[COMPLETIONS];
  const shown = shownDots(response, column, context);
  return {
    headline,
    ...(shown.dots.length > 0 ? drawn(shown, overall, response, context) : { message: emptyMessage(response, weeks) }),
    ...(weeks.length > 0 ? byWeek(weeks) : {}),
  };
}

export const leadTime = {
  insight: "lead-time",
  also: [COMPLETIONS],
  title: "From created to completed",
  lede: "How long does a task take? Large figures: over all time.",
  steps: "task to task, the oldest first",
  view: (response, context) => view(response, context, {
    column: "lead_time_s",
    noTasks: "No task is completed yet. When one is, you see here how long it took.",
  }),
};

export const cycleTime = {
  insight: "cycle-time",
  also: [COMPLETIONS],
  title: "From started to completed",
  lede: "How long is a task worked on? Only tasks that were in progress.",
  steps: "task to task, the oldest first",
  view: (response, context) => view(response, context, {
    column: "cycle_time_s",
    noTasks: "No task has gone from in progress to completed yet. When one does, you see how long it took.",
  }),
};
