import { dayAxis } from "../axes.js";
import { dateOf, dayName } from "../days.js";
import { count, number, words } from "../format.js";
import { colour } from "../theme.js";

/** From the bottom of the stack up: closed tasks are below open ones. */
const STACK = ["completed", "cancelled", "in_progress", "pending"];
const TOP_DOWN = STACK.toReversed();

const datasets = (rows) => STACK.map((status) => ({
  data: rows.map((row) => row[status]),
  backgroundColor: colour(`status-${status}`),
  borderColor: colour("surface"),
  borderWidth: 1,
  pointRadius: 0,
  pointHoverRadius: 4,
  pointBackgroundColor: colour(`status-${status}`),
  fill: "stack",
}));

const spokenRow = (row) => TOP_DOWN.map((status) => `${number(row[status])} ${words(status).toLowerCase()}`).join(", ");

const total = (row) => STACK.reduce((sum, status) => sum + row[status], 0);

/**
 * The start of the value axis: 0, unless completed tasks would fill more than half of the chart and squash the open
 * ones; then a round number below the fewest completed.
 */
function baseline(rows) {
  const fewest = Math.min(...rows.map((row) => row.completed));
  const most = Math.max(...rows.map(total));
  if (fewest <= most / 2) return 0;
  const step = 10 ** Math.floor(Math.log10(Math.max(1, most - fewest)));
  return Math.floor(fewest / step) * step;
}

function plot(rows) {
  return {
    type: "line",
    axis: dayAxis(rows.map((row) => row.day)),
    datasets: datasets(rows),
    x: { offset: false },
    y: { stacked: true, min: baseline(rows), suggestedMax: 4, ticks: { precision: 0 } },
    topDown: true,
    label: (point) => `${words(STACK[point.datasetIndex])}: ${number(point.raw)}`,
    spoken: (index) => spokenRow(rows[index]),
  };
}

/** Rows `{day, pending, in_progress, completed, cancelled}`, one for each day; today's are the current ones. */
function view({ rows }, { whole }) {
  if (whole.rows.length === 0) return { message: "There are no tasks yet. The first one starts this chart." };
  if (rows.length === 0) return { message: "There were no tasks in the period shown." };
  const [first, last] = [rows[0], rows.at(-1)];
  const open = ({ pending, in_progress: started }) => pending + started;
  const change = open(last) - open(first);
  const sign = change > 0 ? "+" : "";
  const base = baseline(rows);
  return {
    headline: [
      { label: "Open on the last day", value: number(open(last)) },
      { label: "Change in the period", value: `${sign}${number(change)}`, hint: `from ${number(open(first))} open` },
    ],
    plot: plot(rows),
    summary:
      `Stacked areas over ${count(rows.length, "day")}. On ${dayName(dateOf(first.day))} ${spokenRow(first)}; ` +
      `on ${dayName(dateOf(last.day))} ${spokenRow(last)}.`,
    legend: TOP_DOWN.map((status) => ({ swatch: `swatch-area swatch-${status}`, label: words(status) })),
    note: base > 0 ? `The scale begins at ${number(base)} to show the open tasks clearly.` : "",
    columns: ["Day", ...TOP_DOWN.map(words)],
    rows: rows.toReversed().map((row) => [
      dayName(dateOf(row.day)),
      ...TOP_DOWN.map((status) => number(row[status])),
    ]),
  };
}

export const flow = {
  insight: "cumulative-flow",
  title: "Tasks by status, day by day",
  lede: "Does work pile up? A band that widens holds more tasks than the day before.",
  steps: "day to day",
  view,
};
