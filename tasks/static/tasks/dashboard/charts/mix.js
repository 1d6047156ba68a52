import { barTable } from "../bars.js";
import { element } from "../dom.js";
import { number, percent, words } from "../format.js";

const MOST_CATEGORIES = 8;
const COLUMNS = ["Value", "Tasks", "Share"];

const DIMENSIONS = [
  { dimension: "status", title: "By status", order: ["pending", "in_progress", "completed", "cancelled"] },
  { dimension: "priority", title: "By priority", order: ["urgent", "high", "medium", "low"] },
  { dimension: "category", title: "By category", order: null },
];

/** Statuses and priorities in their own order, missing ones as 0; categories by size. */
function entriesOf(rows, { dimension, order }) {
  const counts = new Map(rows.filter((row) => row.dimension === dimension).map((row) => [row.value, row.n]));
  if (order) return order.map((value) => ({ label: words(value), n: counts.get(value) ?? 0, kind: value }));
  return [...counts]
    .map(([value, n]) => ({ label: value ?? "No category", n, kind: value === null ? "none" : "category" }))
    .sort((a, b) => b.n - a.n || a.label.localeCompare(b.label));
}

function group(rows, dimension) {
  const counted = entriesOf(rows, dimension);
  const total = counted.reduce((sum, entry) => sum + entry.n, 0);
  const largest = Math.max(...counted.map((entry) => entry.n));
  const entries = counted.map((entry) => ({ ...entry, figures: [number(entry.n), percent(entry.n / total)] }));
  const shown = entries.slice(0, MOST_CATEGORIES);
  const further = entries.slice(MOST_CATEGORIES);
  const rest = further.length === 0 ? null : element(
    "details",
    { class: "more" },
    element("summary", {}, `${number(further.length)} more`),
    barTable(`${dimension.title}: smaller ones`, COLUMNS, further, largest),
  );
  return element(
    "div",
    { class: "bar-group" },
    element("h4", {}, dimension.title),
    barTable(dimension.title, COLUMNS, shown, largest),
    rest,
  );
}

/** Rows `{dimension, value, n}`; value null is for tasks without a category. */
function view({ rows }) {
  if (rows.length === 0) return { message: "There are no tasks at the moment." };
  const groups = DIMENSIONS.filter(({ dimension }) => rows.some((row) => row.dimension === dimension));
  return { body: [element("div", { class: "bar-groups" }, ...groups.map((dimension) => group(rows, dimension)))] };
}

export const mix = {
  insight: "mix",
  title: "Kinds of tasks",
  lede: "All existing tasks in any status, without deleted ones.",
  wide: true,
  now: true,
  view,
};
