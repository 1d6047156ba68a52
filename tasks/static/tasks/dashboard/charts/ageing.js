import { element, table } from "../dom.js";
import { count, duration, number, words } from "../format.js";
import { taskName } from "../task-name.js";
import { colour } from "../theme.js";

const LANES = ["pending", "in_progress"];
const LANE_WIDTH = 0.76;
const LEVELS = 36;
const MOST_LISTED = 8;
const MANY_DOTS = 150;
const DAY = 86400;
const BEYOND = "Older than usual";

const byAge = (a, b) => b.age_days - a.age_days || (a.task_id < b.task_id ? -1 : 1);
const mark = ({ beyond_p85: beyond }) => (beyond ? BEYOND : "");

/** The dots' positions: each in the lane of its status, those of similar age side by side. */
function places(rows, oldest) {
  const level = (row) => `${row.status} ${Math.floor((row.age_days / Math.max(1, oldest)) * LEVELS)}`;
  const levels = Map.groupBy(rows, level);
  return rows.map((row) => {
    const neighbours = levels.get(level(row));
    const gap = Math.min(0.06, LANE_WIDTH / neighbours.length);
    const offset = (neighbours.indexOf(row) - (neighbours.length - 1) / 2) * gap;
    return { x: LANES.indexOf(row.status) + offset, y: row.age_days };
  });
}

function plot(rows, usual) {
  const beyond = colour("series-2");
  const within = colour("series-1");
  const oldest = rows[0].age_days;
  const dots = {
    data: places(rows, oldest),
    pointStyle: rows.map((row) => (row.beyond_p85 ? "triangle" : "circle")),
    pointBackgroundColor: rows.map((row) => (row.beyond_p85 ? beyond : within)),
    pointBorderColor: colour("surface"),
    pointBorderWidth: rows.length > MANY_DOTS ? 0.5 : 1,
    pointRadius: rows.length > MANY_DOTS ? 3.5 : 5.5,
    pointHoverRadius: 7,
  };
  const line = {
    silent: true,
    type: "line",
    data: usual === null ? [] : [-0.5, 1.5].map((x) => ({ x, y: usual / DAY })),
    borderColor: beyond,
    borderWidth: 1.75,
    borderDash: [6, 4],
    pointRadius: 0,
    pointHoverRadius: 0,
  };
  const spoken = (index) => [count(rows[index].age_days, "day"), mark(rows[index])].filter(Boolean).join(", ");
  return {
    type: "scatter",
    axis: { labels: rows.map((row) => row.task_id), title: (index) => words(rows[index].status) },
    datasets: [dots, line],
    interaction: { mode: "nearest", intersect: true },
    x: {
      type: "linear",
      min: -0.5,
      max: 1.5,
      offset: false,
      ticks: { stepSize: 0.5, autoSkip: false, callback: (value) => (LANES[value] ? words(LANES[value]) : "") },
    },
    y: { suggestedMax: 7, ticks: { precision: 0, callback: (value) => count(value, "day") } },
    label: (point) => spoken(point.dataIndex),
    spoken,
  };
}

/** A table of the oldest tasks. */
function oldestTable(rows, context, truncated) {
  const title = truncated ? "Oldest of those shown" : "Oldest open tasks";
  const lines = rows.slice(0, MOST_LISTED).map((row) => [
    taskName(row.task_id, context),
    words(row.status),
    element("span", { class: row.beyond_p85 ? "warns" : undefined }, count(row.age_days, "day")),
  ]);
  return table(title, [title, "Status", "Age"], lines);
}

/** Rows `{task_id, status, age_days, beyond_p85}`, one for each open task; the newest 1,000 if there are more. */
function view({ rows: all, truncated }, context) {
  const { summary, organization } = context;
  if (all.length === 0) return { message: "No tasks are open at the moment." };
  const rows = all.toSorted(byAge);
  const usual = organization ? null : summary["lead-time"]?.find((row) => row.week === null)?.p85_s ?? null;
  const beyond = rows.filter((row) => row.beyond_p85).length;
  const known = rows.some((row) => row.beyond_p85 !== null);
  const limit = usual === null ? "" : ` Line: 85 of 100 were done within ${duration(usual)}.`;
  return {
    headline: [
      { label: "Open", value: truncated ? `over ${number(rows.length)}` : number(rows.length) },
      ...(known ? [{ label: BEYOND, value: number(beyond), hint: "than 85 of 100 completed tasks were" }] : []),
    ],
    plot: plot(rows, usual),
    summary:
      `A dot for each of ${count(rows.length, "open task")}. The oldest is ${count(rows[0].age_days, "day")} old` +
      (known ? `; ${number(beyond)} older than 85 of 100 completed tasks were.` : "."),
    legend: [
      { swatch: "swatch-dot", label: known ? "As usual" : "Open task" },
      ...(known ? [{ swatch: "swatch-triangle", label: BEYOND }] : []),
      ...(usual === null ? [] : [{ swatch: "swatch-p85", label: "85 of 100" }]),
    ],
    note: `${truncated ? `Only the newest ${number(rows.length)} are shown.` : ""}${limit}`.trim(),
    body: organization ? [] : [oldestTable(rows, context, truncated)],
    columns: ["Task", "Status", "Age", ""],
    rows: rows.map((row) => [
      taskName(row.task_id, context),
      words(row.status),
      count(row.age_days, "day"),
      mark(row),
    ]),
  };
}

export const ageing = {
  insight: "ageing",
  title: "Age of open tasks",
  lede: "Which tasks have been open for longer than usual?",
  steps: "task to task, the oldest first",
  now: true,
  wide: true,
  split: true,
  view,
};
