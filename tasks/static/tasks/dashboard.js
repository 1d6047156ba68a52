import { ApiProblem, canSeeOrganization, Source } from "./dashboard/api.js";
import { Card, figure } from "./dashboard/card.js";
import { CHARTS } from "./dashboard/charts/index.js";
import { explainOnDemand } from "./dashboard/definitions.js";
import { showFreshness } from "./dashboard/freshness.js";
import { loadPeriod, loadPublished } from "./dashboard/loading.js";
import { choiceOf, parametersOf } from "./dashboard/period.js";
import { PeriodControl } from "./dashboard/period-control.js";
import { onSchemeChange } from "./dashboard/theme.js";
import { tiles } from "./dashboard/tiles.js";

/** The refresh interval: a pass publishes new figures within a minute or two of a write. */
const LOOK_AGAIN_MS = 30000;
const BAD_REQUEST = 400;
const ORGANIZATION = "organization";
const OVER_TIME = CHARTS.filter((chart) => !chart.now).map((chart) => chart.insight);

const byId = (id) => document.getElementById(id);
const query = new URLSearchParams(location.search);
const isAnalyst = byId("content").dataset.analyst === "true";

const cards = CHARTS.map((chart) => new Card(byId("card-template"), chart));
const control = new PeriodControl(byId("period"), changePeriod);
let source = new Source({ organization: isAnalyst && query.get("of") === ORGANIZATION });
let choice = choiceOf(location.search);
/** The data on the page, `{summary, titles, zone, whole, period, published, shown}`; null until loaded. */
let shown = null;

/** The names of the insights that the charts need, without duplicates. */
function namesOf({ organization }) {
  const charts = CHARTS.filter((chart) => organization || !chart.organizationOnly);
  return [...new Set(charts.flatMap((chart) => [chart.insight, ...(chart.also ?? [])]))];
}

/** Loads all data for a source and a choice; without a period before the first pass. */
async function load(from, chosen) {
  const published = await loadPublished(from, namesOf(from));
  if (published.summary.as_of === null) return published;
  return { ...published, ...(await loadPeriod(from, published, chosen, OVER_TIME)) };
}

function showTiles() {
  const figures = { insights: shown.summary.insights, throughput: shown.whole.get("throughput")?.rows };
  byId("tiles").replaceChildren(...tiles(figures).map(figure));
}

function showCharts() {
  const { summary, titles, zone, whole, period } = shown;
  const { organization } = source;
  for (const card of cards) {
    const { insight: name, also: others = [], view } = card.module;
    card.root.hidden = ![name, ...others].every((drawn) => whole.has(drawn));
    if (card.root.hidden) continue;
    const also = Object.fromEntries(others.map((other) => [other, whole.get(other)]));
    const context = { whole: whole.get(name), also, period, summary: summary.insights, titles, zone, organization };
    card.show(view(shown.shown.get(name), context), whole.get(name).definition);
  }
}

const showAge = (failed = false) => showFreshness(byId("freshness"), shown.summary.as_of, { now: Date.now(), failed });

function show() {
  const empty = shown.summary.as_of === null;
  byId("problem").hidden = true;
  byId("empty").hidden = !empty;
  byId("figures").hidden = empty;
  byId("page-title").textContent = source.organization ? "How the organization’s work flows" : "How your work flows";
  showAge();
  if (empty) return;
  control.choose(choice);
  control.show(shown.period, shown.published);
  showTiles();
  showCharts();
  performance.mark("first-chart");
}

/** Updates the URL so that it leads back to the current view. */
function rememberInAddress() {
  const parameters = { ...parametersOf(choice), ...(source.organization ? { of: ORGANIZATION } : {}) };
  const text = new URLSearchParams(parameters).toString();
  history.replaceState(null, "", text ? `?${text}` : location.pathname);
}

function showProblem(error) {
  const reason = error instanceof ApiProblem ? error.message : "The service can’t be reached.";
  byId("problem-text").textContent = `The figures could not be loaded. ${reason}`;
  byId("problem").hidden = false;
  if (shown) showAge();
  else byId("freshness").textContent = "";
}

let latest = 0;

/** Runs `work` while marking the figures busy; returns undefined if a newer load has started meanwhile. */
async function current(work) {
  latest += 1;
  const mine = latest;
  byId("figures").setAttribute("aria-busy", "true");
  try {
    const loaded = await work();
    return mine === latest ? loaded : undefined;
  } finally {
    if (mine === latest) byId("figures").removeAttribute("aria-busy");
  }
}

async function start() {
  try {
    const loaded = await current(() => load(source, choice));
    if (!loaded) return;
    shown = loaded;
    show();
  } catch (error) {
    showProblem(error);
  }
}

async function changePeriod(chosen) {
  try {
    const loaded = await current(() => loadPeriod(source, shown, chosen, OVER_TIME));
    if (!loaded) return;
    choice = chosen;
    shown = { ...shown, ...loaded };
    show();
    rememberInAddress();
  } catch (error) {
    if (error.status === BAD_REQUEST) control.fail(error.message);
    else showProblem(error);
  }
}

/** Switches between the user's and the organization's figures; hides the old ones at once. */
async function changeSource(organization) {
  source = new Source({ organization });
  shown = null;
  byId("figures").hidden = true;
  byId("freshness").textContent = "Loading the figures…";
  byId("definitions").open = false;
  byId("definitions").querySelector("dl").replaceChildren();
  rememberInAddress();
  await start();
}

/** Loads the summary, and the rest only after a new pass. On failure, keeps the current figures. */
async function lookForNewer() {
  if (document.hidden || shown === null) return;
  const requested = source;
  try {
    const { as_of: asOf } = await requested.summary();
    if (requested !== source) return;
    if (asOf === shown.summary.as_of) {
      showAge();
      return;
    }
    const loaded = await current(() => load(requested, choice));
    if (!loaded) return;
    shown = loaded;
    show();
    byId("announcement").textContent = "The figures have been updated.";
  } catch {
    showAge(true);
  }
}

/** Offers the choice between own and organization's figures to users who may see both. */
async function offerOrganization() {
  if (!isAnalyst || !(await canSeeOrganization())) return;
  byId("of").elements.of.value = source.organization ? ORGANIZATION : "me";
  byId("of").hidden = false;
  byId("of").addEventListener("change", (event) => changeSource(event.target.value === ORGANIZATION));
}

for (const card of cards) byId(card.module.now ? "charts-now" : "charts").append(card.root);
byId("retry").addEventListener("click", start);
explainOnDemand(byId("definitions"), () => source);
onSchemeChange(() => { if (shown?.summary.as_of) showCharts(); });
document.addEventListener("visibilitychange", lookForNewer);
setInterval(lookForNewer, LOOK_AGAIN_MS);
await Promise.all([start(), offerOrganization()]);
