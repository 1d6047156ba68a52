/**
 * A new element. `attributes` become attributes, but `class` may be undefined; children are nodes or text, and
 * null ones are left out. Text is never parsed as HTML, so a category can be named anything.
 */
export function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** Text for the eye and, where the short form reads badly aloud, other text for a screen reader. */
export function readable(shown, spoken) {
  if (spoken === undefined || spoken === shown) return document.createTextNode(shown);
  return element(
    "span",
    {},
    element("span", { "aria-hidden": "true" }, shown),
    element("span", { class: "visually-hidden" }, spoken),
  );
}

/** A table; the first column heads its rows, the others are figures. */
export function table(caption, columns, rows) {
  const head = columns.map((column) => element("th", { scope: "col" }, column));
  const body = rows.map(([first, ...rest]) =>
    element("tr", {}, element("th", { scope: "row" }, first), ...rest.map((cell) => element("td", {}, cell))),
  );
  return element(
    "table",
    { class: "numbers-table" },
    element("caption", { class: "visually-hidden" }, caption),
    element("thead", {}, element("tr", {}, ...head)),
    element("tbody", {}, ...body),
  );
}
