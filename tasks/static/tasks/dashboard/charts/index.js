import { ageing } from "./ageing.js";
import { audience } from "./audience.js";
import { cycleTime, leadTime } from "./durations.js";
import { flow } from "./flow.js";
import { mix } from "./mix.js";
import { retention } from "./retention.js";
import { streak } from "./streak.js";
import { throughput } from "./throughput.js";

/**
 * The charts, in the page's order. Each is `{insight, also, title, lede, steps, wide, split, now, organizationOnly,
 * view}`: the API's name of the insight and of others that it draws, the steps of the arrow keys, the layout, whether
 * it shows the current state, and a pure function `view(response, context)` that returns the argument of Card.show.
 * The response has the chosen period, or the whole current state. The context is `{whole, also, period, summary,
 * titles, zone, organization}`: the response with all that is published, the other insights' responses by name, the
 * chosen days, the summary's rows by insight, task titles by id, the time zone of the days, and whether the figures are
 * the organization's. The page omits charts whose insights the API lacks.
 */
export const CHARTS = [throughput, flow, leadTime, cycleTime, audience, ageing, mix, streak, retention];
