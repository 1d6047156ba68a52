import { animation, colour } from "./theme.js";

const { Chart } = globalThis;

/** The scales of all charts; `x` and `y` override them (ticks, stacking). */
function scales({ axis, x, y }) {
  const text = { color: colour("muted"), font: { size: 12 } };
  return {
    x: {
      offset: true,
      grid: { display: false },
      border: { color: colour("line") },
      ...x,
      ticks: { ...text, maxRotation: 0, autoSkipPadding: 18, callback: (_, index) => axis.tick(index), ...x?.ticks },
    },
    y: {
      beginAtZero: true,
      grid: { color: colour("line"), drawTicks: false },
      border: { display: false },
      ...y,
      ticks: { ...text, padding: 8, maxTicksLimit: 6, ...y?.ticks },
    },
  };
}

/** The indexes of the data sets with tooltips; the silent ones are reference lines. */
const spokenSets = ({ datasets }) => datasets.map((_, index) => index).filter((index) => !datasets[index].silent);

const tooltip = (plot) => ({
  backgroundColor: colour("tooltip"),
  titleColor: colour("tooltip-ink"),
  bodyColor: colour("tooltip-ink"),
  padding: 10,
  cornerRadius: 6,
  displayColors: false,
  filter: ({ datasetIndex }) => spokenSets(plot).includes(datasetIndex),
  itemSort: plot.topDown ? (a, b) => b.datasetIndex - a.datasetIndex : undefined,
  callbacks: { title: ([point]) => (point ? plot.axis.title(point.dataIndex) : ""), label: plot.label },
});

/**
 * Draws a chart.
 * @param canvas the canvas to draw on
 * @param plot `{type, axis, datasets, x, y, interaction, topDown, label, spoken}`: Chart.js options, and `axis` (see
 *   axes.js), `topDown` (the tooltip lists the last data set first), `label(point)` (the tooltip's text) and
 *   `spoken(index)` (the text of an axis position for screen readers)
 */
export function drawPlot(canvas, plot) {
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  return new Chart(canvas, {
    type: plot.type,
    data: { labels: plot.axis.labels, datasets: plot.datasets },
    options: {
      animation: animation(),
      maintainAspectRatio: false,
      interaction: plot.interaction ?? { mode: "index", intersect: false },
      scales: scales(plot),
      plugins: { legend: { display: false }, tooltip: tooltip(plot) },
    },
  });
}

const STEPS = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };

/** Shows the tooltip of an axis position and returns its text for screen readers. */
function showPlace(chart, plot, index) {
  const elements = spokenSets(plot).map((datasetIndex) => ({ datasetIndex, index }));
  const drawn = elements.filter(({ datasetIndex }) => (plot.datasets[datasetIndex].data[index] ?? null) !== null);
  chart.setActiveElements(drawn);
  chart.tooltip.setActiveElements(drawn, { x: 0, y: 0 });
  chart.update("none");
  return `${plot.axis.title(index)}: ${plot.spoken(index)}`;
}

/**
 * Moves along the axis with the arrow keys, Home and End. `current` returns the current chart and plot, which every
 * refresh replaces; `say` receives the text to announce.
 */
export function walkWithKeys(container, current, say) {
  let index = null;
  container.addEventListener("keydown", (event) => {
    const { chart, plot } = current();
    if (!chart || !(event.key in STEPS)) return;
    event.preventDefault();
    const count = plot.axis.labels.length;
    const from = index ?? (event.key === "ArrowRight" ? -1 : count);
    index = Math.min(count - 1, Math.max(0, from + STEPS[event.key]));
    say(showPlace(chart, plot, index));
  });
  container.addEventListener("blur", () => {
    const { chart } = current();
    index = null;
    chart?.setActiveElements([]);
    chart?.tooltip.setActiveElements([], { x: 0, y: 0 });
    chart?.update("none");
  });
}
