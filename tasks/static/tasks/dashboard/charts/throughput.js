import { count, number } from "../format.js";
import { colour } from "../theme.js";
import { weekRange } from "../weeks.js";

const CURRENT = "This week, so far";

function datasets(rows) {
  const last = rows.length - 1;
  const whole = rows.map((row, index) => (index === last ? null : row.completed));
  const current = rows.map((row, index) => (index === last ? row.completed : null));
  const bars = { grouped: false, maxBarThickness: 30, borderRadius: 3, categoryPercentage: 0.86, barPercentage: 0.94 };
  return [
    { ...bars, data: whole, backgroundColor: colour("series-1"), hoverBackgroundColor: colour("series-1-strong") },
    {
      ...bars,
      data: current,
      backgroundColor: colour("series-1-soft"),
      borderColor: colour("series-1"),
      borderWidth: 1.5,
    },
  ];
}

function plot(rows) {
  const spoken = (index) =>
    `${count(rows[index].completed, "task")} completed${index === rows.length - 1 ? " so far" : ""}`;
  return {
    type: "bar",
    weeks: rows.map((row) => row.week),
    datasets: datasets(rows),
    y: { suggestedMax: 4, ticks: { precision: 0 } },
    label: (point) => spoken(point.dataIndex),
    spoken,
  };
}

/** Rows `{week, completed}`, one for each week up to the pass's own, which is still going on. */
function view({ rows: all }, weeks) {
  if (all.length === 0) {
    return { message: "Nothing is completed yet. The first task you complete starts this chart." };
  }
  const rows = all.slice(-weeks);
  const total = rows.reduce((sum, row) => sum + row.completed, 0);
  const span = `${count(rows.length, "week")}`;
  const best = rows.reduce((top, row) => (row.completed > top.completed ? row : top));
  return {
    headline: [
      { label: `Completed in ${span}`, value: number(total) },
      { label: "Most in one week", value: number(best.completed), hint: best.completed ? weekRange(best.week) : null },
    ],
    plot: plot(rows),
    summary: `Bars, one for each of ${span}: ${number(total)} tasks completed, at most ${best.completed} in a week.`,
    legend: [
      { swatch: "swatch-bar", label: "Whole week" },
      { swatch: "swatch-bar-current", label: CURRENT },
    ],
    columns: ["Week", "Completed"],
    rows: rows.toReversed().map((row) => [weekRange(row.week), number(row.completed)]),
  };
}

export const throughput = {
  insight: "throughput",
  title: "Tasks completed each week",
  lede: "Is your pace steady, growing or slowing down?",
  view,
};
