/**
 * Creates an element. Undefined attributes and null children are skipped; children are nodes or text. Text is never
 * parsed as HTML, so any name of a category is safe.
 */
export function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** Visible text and, if given, different text for screen readers. */
export function readable(shown, spoken) {
  if (spoken === undefined || spoken === shown) return document.createTextNode(shown);
  return element(
    "span",
    {},
    element("span", { "aria-hidden": "true" }, shown),
    element("span", { class: "visually-hidden" }, spoken),
  );
}

/** Creates a table; the first column holds the row headers. */
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
