import { element } from "./dom.js";
import { TILE_INSIGHTS } from "./tiles.js";

/** Fills a `<details>` with the API's definitions of the figures without a chart when it is first opened. */
export function explainOnDemand(details, source) {
  const list = details.querySelector("dl");
  details.addEventListener("toggle", async () => {
    if (!details.open || list.childElementCount > 0) return;
    const names = Object.keys(TILE_INSIGHTS);
    const responses = await Promise.all(names.map((name) => source().insight(name).catch(() => null)));
    const entries = responses.filter(Boolean).flatMap(({ insight, definition }) => [
      element("dt", {}, TILE_INSIGHTS[insight]),
      element("dd", {}, definition),
    ]);
    list.replaceChildren(...entries);
  });
}
