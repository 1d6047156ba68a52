import { element } from "./dom.js";

/** `{label, n, kind, figures}`: bars in proportion to n; kind is the style, figures the texts beside the bar. */
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

/** Bars that are a table, so that they need no text alternative beside them. */
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
