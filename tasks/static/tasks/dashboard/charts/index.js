import { leadTime } from "./lead-time.js";
import { mix } from "./mix.js";
import { throughput } from "./throughput.js";

/**
 * The charts, in the page's order. Each is `{insight, title, lede, wide, view}`: the API's name of the insight, and a
 * pure function `view(answer, weeks)` from the API's answer and the number of weeks to show (Infinity for all) to what
 * Card.show takes. A chart whose insight the API doesn't have is left out of the page.
 */
export const CHARTS = [throughput, leadTime, mix];
