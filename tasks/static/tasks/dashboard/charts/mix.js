import { element } from "../dom.js";
import { number, percent, words } from "../format.js";

const MOST_CATEGORIES = 8;

const DIMENSIONS = [
  { dimension: "status", title: "By status", order: ["pending", "in_progress", "completed", "cancelled"] },
  { dimension: "priority", title: "By priority", order: ["urgent", "high", "medium", "low"] },
  { dimension: "category", title: "By category", order: null },
];

/** The API's fixed vocabularies in their own order, absent values as 0; categories by size. */
function entriesOf(rows, { dimension, order }) {
  const counts = new Map(rows.filter((row) => row.dimension === dimension).map((row) => [row.value, row.n]));
  if (order) return order.map((value) => ({ label: words(value), n: counts.get(value) ?? 0, kind: value }));
  return [...counts]
    .map(([value, n]) => ({ label: value ?? "No category", n, kind: value === null ? "none" : "category" }))
    .sort((a, b) => b.n - a.n || a.label.localeCompare(b.label));
}

function barRow({ label, n, kind }, largest, total) {
  const bar = element("span", { class: `bar bar-${kind}` });
  bar.style.width = `${(n / largest) * 100}%`;
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, label),
    element("td", { class: "bar-cell", "aria-hidden": "true" }, bar),
    element("td", { class: "bar-number" }, number(n)),
    element("td", { class: "bar-share" }, percent(n / total)),
  );
}

/** Bars that are a table, so that they need no text alternative beside them. */
function barTable(caption, entries, largest, total) {
  const heads = ["Value", "Tasks", "Share"].map((text) => element("th", { scope: "col" }, text));
  const bars = element("td", { "aria-hidden": "true" });
  return element(
    "table",
    { class: "bars" },
    element("caption", { class: "visually-hidden" }, caption),
    element("thead", { class: "visually-hidden" }, element("tr", {}, heads[0], bars, ...heads.slice(1))),
    element("tbody", {}, ...entries.map((entry) => barRow(entry, largest, total))),
  );
}

function group(rows, dimension) {
  const entries = entriesOf(rows, dimension);
  const total = entries.reduce((sum, entry) => sum + entry.n, 0);
  const largest = Math.max(...entries.map((entry) => entry.n));
  const shown = entries.slice(0, MOST_CATEGORIES);
  const further = entries.slice(MOST_CATEGORIES);
  const rest = further.length === 0 ? null : element(
    "details",
    { class: "more" },
    element("summary", {}, `${number(further.length)} more`),
    barTable(`${dimension.title}, the smaller ones`, further, largest, total),
  );
  return element(
    "div",
    { class: "bar-group" },
    element("h3", {}, dimension.title),
    barTable(dimension.title, shown, largest, total),
    rest,
  );
}

/** Rows `{dimension, value, n}`; value null is the tasks without a category. */
function view({ rows }) {
  if (rows.length === 0) return { message: "You have no tasks at the moment." };
  const groups = DIMENSIONS.filter(({ dimension }) => rows.some((row) => row.dimension === dimension));
  return { body: [element("div", { class: "bar-groups" }, ...groups.map((dimension) => group(rows, dimension)))] };
}

export const mix = {
  insight: "mix",
  title: "What your tasks are",
  lede: "All tasks you have, whatever their state.",
  wide: true,
  view,
};
