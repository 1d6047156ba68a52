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
 * view}`: the API's name of the insight and those of others it draws, what the arrow keys walk by, how it is laid out,
 * whether it shows how things stand now, and a pure function `view(answer, context)` to what Card.show takes.
 * The answer holds the chosen period, or all of what stands now. The context is `{whole, also, period, summary,
 * titles, zone, organization}`: the answer with all that is published, those of the other insights by name, the days
 * chosen, the summary's rows by insight, titles of tasks by id, the time zone whose days these are, and whether the
 * figures are the organization's. A chart whose insights the API doesn't have is left out of the page.
 */
export const CHARTS = [throughput, flow, leadTime, cycleTime, audience, ageing, mix, streak, retention];
