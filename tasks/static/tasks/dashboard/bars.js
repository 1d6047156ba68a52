import { element } from "./dom.js";

/** A row for `{label, n, kind, figures}`: the bar is proportional to n, kind is its style, figures are beside it. */
function barRow({ label, n, kind, figures }, largest) {
  const bar = element("span", { class: `bar bar-${kind}` });
  bar.style.width = `${largest === 0 ? 0 : (n / largest) * 100}%`;
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, label),
    element("td", { class: "bar-cell", "aria-hidden": "true" }, bar),
    ...figures.map((figure, index) => element("td", { class: index === 0 ? "bar-number" : "bar-share" }, figure)),
  );
}

/** Bars as a table, which needs no text alternative. */
export function barTable(caption, [first, ...columns], entries, largest) {
  const head = (text) => element("th", { scope: "col" }, text);
  return element(
    "table",
    { class: "bars" },
    element("caption", { class: "visually-hidden" }, caption),
    element(
      "thead",
      { class: "visually-hidden" },
      element("tr", {}, head(first), element("td", { "aria-hidden": "true" }), ...columns.map(head)),
    ),
    element("tbody", {}, ...entries.map((entry) => barRow(entry, largest))),
  );
}
