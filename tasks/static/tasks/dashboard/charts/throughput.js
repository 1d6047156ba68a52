import { weekAxis } from "../axes.js";
import { count, number } from "../format.js";
import { colour } from "../theme.js";
import { weekRange } from "../weeks.js";

const CURRENT = "This week so far";

function datasets(rows, current) {
  const whole = rows.map(({ week, completed }) => (week === current ? null : completed));
  const unfinished = rows.map(({ week, completed }) => (week === current ? completed : null));
  const bars = { grouped: false, maxBarThickness: 30, borderRadius: 3, categoryPercentage: 0.86, barPercentage: 0.94 };
  return [
    { ...bars, data: whole, backgroundColor: colour("series-1"), hoverBackgroundColor: colour("series-1-strong") },
    {
      ...bars,
      data: unfinished,
      backgroundColor: colour("series-1-soft"),
      borderColor: colour("series-1"),
      borderWidth: 1.5,
    },
  ];
}

function plot(rows, current) {
  const spoken = (index) => {
    const { week, completed } = rows[index];
    return `${count(completed, "task")} completed${week === current ? " so far" : ""}`;
  };
  return {
    type: "bar",
    axis: weekAxis(rows.map((row) => row.week)),
    datasets: datasets(rows, current),
    y: { suggestedMax: 4, ticks: { precision: 0 } },
    label: (point) => spoken(point.dataIndex),
    spoken,
  };
}

/** Rows `{week, completed}`, one for each week up to the current one. */
function view({ rows }, { whole }) {
  if (whole.rows.length === 0) {
    return { message: "No task is completed yet. The first completed task starts this chart." };
  }
  if (rows.length === 0) return { message: "No tasks were completed in the period shown." };
  const current = whole.rows.at(-1).week;
  const total = rows.reduce((sum, row) => sum + row.completed, 0);
  const span = count(rows.length, "week");
  const best = rows.reduce((top, row) => (row.completed > top.completed ? row : top));
  const hasCurrent = rows.at(-1).week === current;
  return {
    headline: [
      { label: `Completed in ${span}`, value: number(total) },
      { label: "Most in one week", value: number(best.completed), hint: best.completed ? weekRange(best.week) : null },
    ],
    plot: plot(rows, current),
    summary: `Bars, one for each of ${span}: ${count(total, "task")} completed, at most ${best.completed} in a week.`,
    legend: [
      { swatch: "swatch-bar", label: "Whole week" },
      ...(hasCurrent ? [{ swatch: "swatch-bar-current", label: CURRENT }] : []),
    ],
    columns: ["Week", "Completed"],
    rows: rows.toReversed().map((row) => [weekRange(row.week), number(row.completed)]),
  };
}

export const throughput = {
  insight: "throughput",
  title: "Tasks completed each week",
  lede: "Is the pace steady, growing or slowing down?",
  steps: "week to week",
  view,
};
