import { ApiProblem, fetchInsight, fetchSummary } from "./dashboard/api.js";
import { Card, figure } from "./dashboard/card.js";
import { CHARTS } from "./dashboard/charts/index.js";
import { moment, since } from "./dashboard/format.js";
import { onSchemeChange } from "./dashboard/theme.js";
import { tiles } from "./dashboard/tiles.js";

/** How often to look for newer figures: a pass makes new ones within a minute or two of a write. */
const LOOK_AGAIN_MS = 30000;

const byId = (id) => document.getElementById(id);
const cards = new Map(CHARTS.map((chart) => [chart.insight, new Card(byId("card-template"), chart)]));
let shown = null;

/** The summary and, by name, the answers of all charts whose insight this version of the API has. */
async function load() {
  const names = [...cards.keys()];
  const [summary, ...answers] = await Promise.all([fetchSummary(), ...names.map(fetchInsight)]);
  const pairs = names.map((name, index) => [name, answers[index]]);
  return { summary, answers: new Map(pairs.filter(([, answer]) => answer !== null)) };
}

function chosenWeeks() {
  const { value } = document.querySelector("#period input:checked");
  return value === "all" ? Infinity : Number(value);
}

function showTiles({ summary, answers }) {
  const figures = { insights: summary.insights, throughput: answers.get("throughput")?.rows };
  byId("tiles").replaceChildren(...tiles(figures).map(figure));
}

function showCharts({ answers }) {
  const weeks = chosenWeeks();
  for (const [name, card] of cards) {
    const answer = answers.get(name);
    card.root.hidden = !answer;
    if (answer) card.show(card.module.view(answer, weeks), answer.definition);
  }
}

function showFreshness(refreshFailed = false) {
  const asOf = shown?.summary.as_of;
  const node = byId("freshness");
  node.classList.toggle("stale", refreshFailed);
  if (!asOf) {
    node.textContent = shown ? "Waiting for the first figures." : "";
    return;
  }
  const time = document.createElement("time");
  time.dateTime = asOf;
  time.textContent = moment(asOf);
  const later = refreshFailed ? " · newer figures could not be loaded" : "";
  node.replaceChildren("Figures as of ", time, ` · ${since(asOf, Date.now())}${later}`);
}

function show(loaded) {
  const empty = loaded.summary.as_of === null;
  const renewed = shown !== null && shown.summary.as_of !== loaded.summary.as_of;
  shown = loaded;
  byId("problem").hidden = true;
  byId("empty").hidden = !empty;
  byId("figures").hidden = empty;
  showFreshness();
  if (empty) return;
  showTiles(loaded);
  showCharts(loaded);
  if (renewed) byId("announcement").textContent = "The figures have been renewed.";
}

function showProblem(error) {
  const reason = error instanceof ApiProblem ? error.message : "The service can't be reached.";
  byId("problem-text").textContent = `Your figures could not be loaded. ${reason}`;
  byId("problem").hidden = false;
  showFreshness();
}

async function start() {
  let loaded;
  try {
    loaded = await load();
  } catch (error) {
    showProblem(error);
    return;
  }
  show(loaded);
}

/** Asks for the summary alone, and for the rest only when a pass has been made. Failing, it leaves what is shown. */
async function lookForNewer() {
  if (document.hidden || shown === null) return;
  let newer = null;
  try {
    const { as_of: asOf } = await fetchSummary();
    if (asOf !== shown.summary.as_of) newer = await load();
  } catch {
    showFreshness(true);
    return;
  }
  if (newer) show(newer);
  else showFreshness();
}

for (const card of cards.values()) {
  card.root.classList.toggle("card-wide", card.module.wide === true);
  byId("charts").append(card.root);
}
byId("period").addEventListener("change", () => showCharts(shown));
byId("retry").addEventListener("click", start);
onSchemeChange(() => { if (shown?.summary.as_of) showCharts(shown); });
document.addEventListener("visibilitychange", lookForNewer);
setInterval(lookForNewer, LOOK_AGAIN_MS);
await start();
