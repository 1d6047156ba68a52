import { element, readable, table } from "./dom.js";
import { drawPlot, walkWithKeys } from "./plot.js";

/** A figure with its label, for a description list: `{label, value, spoken, hint}`; the last two are optional. */
export function figure({ label, value, spoken, hint }) {
  return element(
    "div",
    { class: "figure" },
    element("dt", {}, label),
    element("dd", { class: "figure-value" }, readable(value, spoken)),
    hint ? element("dd", { class: "figure-hint" }, hint) : null,
  );
}

const legendEntry = ({ swatch, label }) =>
  element("li", {}, element("span", { class: `swatch ${swatch}`, "aria-hidden": "true" }), label);

/**
 * The frame around one chart. A chart module turns the API's response into a view, which is plain data, and `show`
 * renders it. Opened details and the focus persist when newer figures replace older ones.
 */
export class Card {
  #root;
  #chart = null;
  #plot = null;

  /** @param module a chart module: `{insight, title, lede, steps, view}`, see charts/index.js */
  constructor(template, module) {
    this.module = module;
    this.#root = template.content.firstElementChild.cloneNode(true);
    this.#root.id = `card-${module.insight}`;
    this.#root.setAttribute("aria-labelledby", `title-${module.insight}`);
    this.#root.classList.toggle("card-wide", module.wide === true);
    this.#root.classList.toggle("card-split", module.split === true);
    this.#part("h3").id = `title-${module.insight}`;
    this.#part("h3").textContent = module.title;
    this.#part(".lede").textContent = module.lede;
    this.#part(".plot").setAttribute("aria-label", `${module.title}: chart, arrow keys move from ${module.steps}`);
    this.#part(".numbers .table-scroll").setAttribute("aria-label", `${module.title}: numbers`);
    this.#part(".each .table-scroll").setAttribute("aria-label", `${module.title}: each task`);
    const live = this.#part("[aria-live]");
    walkWithKeys(
      this.#part(".plot"),
      () => ({ chart: this.#chart, plot: this.#plot }),
      (text) => { live.textContent = text; },
    );
  }

  get root() {
    return this.#root;
  }

  /** @param view `{message}` or any of `{headline, plot, summary, legend, note, body, columns, rows, each}` */
  show(view, definition) {
    this.#part(".headline").replaceChildren(...(view.headline ?? []).map(figure));
    this.#part(".card-body").replaceChildren(...(view.body ?? []));
    this.#fill(".card-message", view.message, (node, text) => { node.textContent = text; });
    this.#fill(".note", view.note, (node, text) => { node.textContent = text; });
    this.#fill(".definition", definition, (node, text) => { node.querySelector("p").textContent = text; });
    this.#fill(".legend", view.legend, (node, entries) => node.replaceChildren(...entries.map(legendEntry)));
    this.#tabulate(".numbers", view.rows && view);
    this.#tabulate(".each", view.each);
    this.#draw(view);
  }

  #draw({ plot, summary }) {
    this.#chart?.destroy();
    this.#chart = null;
    this.#plot = plot ?? null;
    this.#fill(".plot", plot, (node) => {
      const canvas = node.querySelector("canvas");
      canvas.setAttribute("aria-label", summary);
      this.#chart = drawPlot(canvas, plot);
    });
  }

  #tabulate(selector, content) {
    this.#fill(selector, content, (node, { columns, rows }) =>
      node.querySelector(".table-scroll").replaceChildren(table(this.module.title, columns, rows)));
  }

  #fill(selector, content, fill) {
    const node = this.#part(selector);
    node.hidden = !content;
    if (content) fill(node, content);
  }

  #part(selector) {
    return this.#root.querySelector(selector);
  }
}
