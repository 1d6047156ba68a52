import { dayAxis } from "../axes.js";
import { dateOf, dayName } from "../days.js";
import { count, number } from "../format.js";
import { colour } from "../theme.js";

const SERIES = [
  { key: "monthly", label: "In 30 days", swatch: "swatch-p95", colour: "series-3", borderDash: [2, 4] },
  { key: "weekly", label: "In 7 days", swatch: "swatch-p85", colour: "series-2", borderDash: [6, 4] },
  { key: "daily", label: "On the day", swatch: "swatch-p50", colour: "series-1", borderDash: [] },
];

const datasets = (rows) => SERIES.map(({ key, colour: name, borderDash }) => ({
  data: rows.map((row) => row[key]),
  borderColor: colour(name),
  backgroundColor: colour(name),
  borderWidth: 2,
  borderDash,
  pointRadius: rows.length === 1 ? 4 : 0,
  pointHoverRadius: 4,
}));

const spokenRow = (row) => SERIES.map(({ key, label }) => `${number(row[key])} ${label.toLowerCase()}`).join(", ");

function plot(rows) {
  return {
    type: "line",
    axis: dayAxis(rows.map((row) => row.day)),
    datasets: datasets(rows),
    y: { suggestedMax: 4, ticks: { precision: 0 } },
    label: (point) => `${SERIES[point.datasetIndex].label}: ${count(point.raw, "user")}`,
    spoken: (index) => spokenRow(rows[index]),
  };
}

/** Rows `{day, daily, weekly, monthly}` of the organization. */
function view({ rows }) {
  if (rows.length === 0) return { message: "No users were active in the period shown." };
  const last = rows.at(-1);
  return {
    headline: SERIES.toReversed().map(({ key, label }) => ({ label, value: number(last[key]) })),
    plot: plot(rows),
    summary: `Lines over ${count(rows.length, "day")}. Active at the end: ${spokenRow(last)}.`,
    legend: SERIES.map(({ swatch, label }) => ({ swatch, label })),
    columns: ["Day", ...SERIES.map(({ label }) => label)],
    rows: rows.toReversed().map((row) => [
      dayName(dateOf(row.day)), ...SERIES.map(({ key }) => number(row[key])),
    ]),
  };
}

export const audience = {
  insight: "audience",
  title: "Active users",
  lede: "How many people use the service? Large figures: the last day shown.",
  steps: "day to day",
  wide: true,
  organizationOnly: true,
  view,
};
