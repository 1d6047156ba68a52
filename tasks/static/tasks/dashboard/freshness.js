import { element } from "./dom.js";
import { moment, since } from "./format.js";

const DAY_MS = 86400000;

/** A pass runs at least once a day, so older figures mean that passes fail. */
const isOld = (asOf, now) => now - new Date(asOf) > DAY_MS;

/**
 * Shows in `node` the age of the figures of the pass `asOf`, which is null before the first pass. `failed` tells that
 * loading newer figures failed.
 */
export function showFreshness(node, asOf, { now, failed }) {
  node.classList.toggle("stale", failed || (asOf !== null && isOld(asOf, now)));
  if (asOf === null) {
    node.textContent = "Waiting for the first figures.";
    return;
  }
  const time = element("time", { datetime: asOf }, moment(asOf));
  const old = isOld(asOf, now) ? " · older than a day, without later changes" : "";
  const trouble = failed ? " · newer figures could not be loaded" : "";
  node.replaceChildren("Figures as of ", time, ` · ${since(asOf, now)}${old}${trouble}`);
}
