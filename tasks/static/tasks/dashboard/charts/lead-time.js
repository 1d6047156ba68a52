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
const MOST_DOTS = 60;

/** The distance between two grid lines, in seconds: a round one that gives at most five of them. */
function durationStep(longest) {
  const round = STEPS.find((step) => longest / step <= MOST_STEPS);
  return round ?? Math.ceil(longest / MOST_STEPS / (10 * DAY)) * 10 * DAY;
}

/** The weeks on the axis, those without a completion included: up to as_of's week, so that the charts end together. */
function shownWeeks(weekly, asOf, limit) {
  const current = weekOf(new Date(asOf));
  const newest = weekly.at(-1).week;
  return weeksBetween(weekly[0].week, newest > current ? newest : current).slice(-limit);
}

/** Long histories are drawn without dots, but for weeks with no neighbour to draw a line to. */
const isDot = (rows, index) => rows.length <= MOST_DOTS || !(rows[index - 1] || rows[index + 1]);

function datasets(rows) {
  const styles = [
    { borderColor: colour("series-1"), backgroundColor: colour("series-1-band"), borderWidth: 2.5, fill: 1 },
    { borderColor: colour("series-2"), backgroundColor: colour("series-2"), borderWidth: 2, borderDash: [6, 4] },
    { borderColor: colour("series-3"), backgroundColor: colour("series-3"), borderWidth: 1.5, borderDash: [2, 4] },
  ];
  return SERIES.map(({ key }, index) => ({
    ...styles[index],
    data: rows.map((row) => row?.[key] ?? null),
    pointStyle: ["circle", "rect", "triangle"][index],
    pointBackgroundColor: styles[index].borderColor,
    pointRadius: ({ dataIndex }) => (isDot(rows, dataIndex) ? [3, 2.5, 2.5][index] : 0),
    pointBorderWidth: 0,
    pointHoverRadius: 5,
    tension: 0,
    spanGaps: false,
  }));
}

function plot(weeks, rows) {
  const longest = Math.max(0, ...rows.map((row) => row?.p95_s ?? 0));
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
    weeks,
    datasets: datasets(rows),
    y: { ticks: { stepSize: durationStep(longest), callback: (value) => (value === 0 ? "0" : duration(value)) } },
    label: (point) => {
      const { key, label } = SERIES[point.datasetIndex];
      return `${label} ${duration(rows[point.dataIndex][key])}`;
    },
    spoken,
  };
}

/** Rows `{week, n, p50_s, p85_s, p95_s}`; week is null for all completions together. */
function view({ rows, as_of: asOf }, limit) {
  const overall = rows.find((row) => row.week === null);
  const weekly = rows.filter((row) => row.week !== null).sort((a, b) => (a.week < b.week ? -1 : 1));
  if (!overall || overall.n === 0 || weekly.length === 0) {
    return { message: "Nothing is completed yet. Once a task is, you see here how long it took." };
  }
  const weeks = shownWeeks(weekly, asOf, limit);
  const byWeek = new Map(weekly.map((row) => [row.week, row]));
  const shown = weeks.map((week) => byWeek.get(week) ?? null);
  const completed = shown.filter((row) => row !== null);
  const headline = SERIES.map(({ key, label }) => ({
    label,
    value: duration(overall[key]),
    spoken: spokenDuration(overall[key]),
  }));
  if (completed.length === 0) {
    return { headline, message: `No task was completed in the latest ${count(weeks.length, "week")}.` };
  }
  return {
    headline,
    plot: plot(weeks, shown),
    summary:
      `Lines over ${count(weeks.length, "week")}. Of all ${count(overall.n, "completed task")}, ` +
      SERIES.map(({ key, label }) => `${label.toLowerCase()} ${spokenDuration(overall[key])}`).join(", ") + ".",
    legend: SERIES.map(({ swatch, short }) => ({ swatch, label: short })),
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
  lede: "How long does a task take you? Large figures: over all time.",
  view,
};
