import { weekAxis } from "../axes.js";
import { dateOf } from "../days.js";
import { count, duration, number, spokenDuration } from "../format.js";
import { colour } from "../theme.js";
import { weekOf, weekRange, weeksBetween } from "../weeks.js";

const SERIES = [
  { key: "p50_s", label: "Half done within", swatch: "swatch-p50", short: "Half" },
  { key: "p85_s", label: "85 of 100 done within", swatch: "swatch-p85", short: "85 of 100" },
  { key: "p95_s", label: "95 of 100 done within", swatch: "swatch-p95", short: "95 of 100" },
];

const HOUR = 3600;
const DAY = 24 * HOUR;
const STEPS = [60, 300, 900, 1800, HOUR, 2 * HOUR, 4 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 5 * DAY, 10 * DAY];
const MOST_STEPS = 5;
const MANY_WEEKS = 60;

/** The distance between two grid lines, in seconds: a round one that gives at most five of them. */
function durationStep(longest) {
  const round = STEPS.find((step) => longest / step <= MOST_STEPS);
  return round ?? Math.ceil(longest / MOST_STEPS / (10 * DAY)) * 10 * DAY;
}

/** The weeks on the axis, those without a completion included: the period's, from the first completion on. */
function shownWeeks({ first, last }, firstWeek) {
  const [from, to] = [first, last].map((day) => weekOf(dateOf(day)));
  return weeksBetween(from > firstWeek ? from : firstWeek, to);
}

/** A dot for each week and percentile, and for each percentile a line at its value over all time. */
function datasets(rows, overall) {
  const small = rows.length > MANY_WEEKS ? 0.6 : 1;
  const styles = [
    { colour: "series-1", pointStyle: "circle", radius: 4.5, borderWidth: 2, borderDash: [] },
    { colour: "series-2", pointStyle: "rect", radius: 4, borderWidth: 1.75, borderDash: [6, 4] },
    { colour: "series-3", pointStyle: "triangle", radius: 4.5, borderWidth: 1.5, borderDash: [2, 4] },
  ];
  const dots = SERIES.map(({ key }, index) => ({
    data: rows.map((row) => row?.[key] ?? null),
    showLine: false,
    pointStyle: styles[index].pointStyle,
    pointRadius: styles[index].radius * small,
    pointHoverRadius: styles[index].radius + 1.5,
    pointBackgroundColor: colour(styles[index].colour),
    pointBorderColor: colour("surface"),
    pointBorderWidth: 1,
  }));
  const lines = SERIES.map(({ key }, index) => ({
    silent: true,
    data: rows.map(() => overall[key]),
    borderColor: colour(styles[index].colour),
    borderWidth: styles[index].borderWidth,
    borderDash: styles[index].borderDash,
    pointRadius: 0,
    pointHoverRadius: 0,
  }));
  return [...dots, ...lines];
}

function plot(weeks, rows, overall) {
  const longest = Math.max(overall.p95_s, ...rows.map((row) => row?.p95_s ?? 0));
  const spoken = (index) => {
    const row = rows[index];
    if (!row) return "no task completed";
    return [
      count(row.n, "completed task"),
      ...SERIES.map(({ key, label }) => `${label.toLowerCase()} ${spokenDuration(row[key])}`),
    ].join(", ");
  };
  return {
    type: "line",
    axis: weekAxis(weeks),
    datasets: datasets(rows, overall),
    y: { ticks: { stepSize: durationStep(longest), callback: (value) => (value === 0 ? "0" : duration(value)) } },
    label: (point) => {
      const { key, label } = SERIES[point.datasetIndex];
      return `${label} ${duration(rows[point.dataIndex][key])}`;
    },
    spoken,
  };
}

/** Rows `{week, n, p50_s, p85_s, p95_s}`; week is null for all completions together. */
function view({ rows }, { whole, period }, nothing) {
  const overall = whole.rows.find((row) => row.week === null);
  if (!overall || overall.n === 0 || !whole.from) return { message: nothing };
  const headline = SERIES.map(({ key, label }) => ({
    label,
    value: duration(overall[key]),
    spoken: spokenDuration(overall[key]),
  }));
  const byWeek = new Map(rows.map((row) => [row.week, row]));
  const weeks = shownWeeks(period, whole.from);
  const shown = weeks.map((week) => byWeek.get(week) ?? null);
  const completed = shown.filter((row) => row !== null);
  if (completed.length === 0) return { headline, message: "No such task was completed in the period shown." };
  return {
    headline,
    plot: plot(weeks, shown, overall),
    summary:
      `Dots for each of ${count(weeks.length, "week")}. Of all ${count(overall.n, "completed task")}, ` +
      SERIES.map(({ key, label }) => `${label.toLowerCase()} ${spokenDuration(overall[key])}`).join(", ") + ".",
    legend: SERIES.map(({ swatch, short }) => ({ swatch: `swatch-marked ${swatch}`, label: short })),
    note: "Dots: the tasks completed in a week. Lines: all tasks, over all time.",
    columns: ["Week", "Tasks", ...SERIES.map(({ short }) => short)],
    rows: completed.toReversed().map((row) => [
      weekRange(row.week),
      number(row.n),
      ...SERIES.map(({ key }) => duration(row[key])),
    ]),
  };
}

export const leadTime = {
  insight: "lead-time",
  title: "From created to completed",
  lede: "How long does a task take? Large figures: over all time.",
  steps: "week to week",
  view: (answer, context) =>
    view(answer, context, "Nothing is completed yet. Once a task is, you see here how long it took."),
};

export const cycleTime = {
  insight: "cycle-time",
  title: "From started to completed",
  lede: "How long is a task worked on? Only tasks that were in progress before.",
  steps: "week to week",
  view: (answer, context) =>
    view(answer, context, "No task went from in progress to completed yet. Once one does, you see how long it took."),
};
