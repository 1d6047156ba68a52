import { element } from "./dom.js";
import { moment, since } from "./format.js";

const DAY_MS = 86400000;

/** A pass runs at least once a day; figures older than that mean that none came through. */
const isOld = (asOf, now) => now - new Date(asOf) > DAY_MS;

/**
 * Says in `node` how old the figures are: those of the pass `asOf`, null before the first one. `failed` tells that
 * newer ones were looked for in vain.
 */
export function showFreshness(node, asOf, { now, failed }) {
  node.classList.toggle("stale", failed || (asOf !== null && isOld(asOf, now)));
  if (asOf === null) {
    node.textContent = "Waiting for the first figures.";
    return;
  }
  const time = element("time", { datetime: asOf }, moment(asOf));
  const old = isOld(asOf, now) ? " · older than a day: later changes are not in them" : "";
  const trouble = failed ? " · newer figures could not be loaded" : "";
  node.replaceChildren("Figures as of ", time, ` · ${since(asOf, now)}${old}${trouble}`);
}
