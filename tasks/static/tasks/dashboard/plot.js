import { animation, colour } from "./theme.js";

const { Chart } = globalThis;

/** Scales that all charts share. `x` and `y` add to them (ticks' step and wording, stacking). */
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

/** The data sets that have something to say; the others are lines to compare them with. */
const telling = ({ datasets }) => datasets.map((_, index) => index).filter((index) => !datasets[index].silent);

const tooltip = (plot) => ({
  backgroundColor: colour("tooltip"),
  titleColor: colour("tooltip-ink"),
  bodyColor: colour("tooltip-ink"),
  padding: 10,
  cornerRadius: 6,
  displayColors: false,
  filter: ({ datasetIndex }) => telling(plot).includes(datasetIndex),
  itemSort: plot.topDown ? (a, b) => b.datasetIndex - a.datasetIndex : undefined,
  callbacks: { title: ([point]) => (point ? plot.axis.title(point.dataIndex) : ""), label: plot.label },
});

/**
 * Draws a chart.
 * @param canvas where
 * @param plot `{type, axis, datasets, x, y, interaction, topDown, label, spoken}`: Chart.js' type and data sets, see
 *   axes.js, whether the tooltip names the last data set first, what it says of a point, and what a screen reader hears
 *   of a place on the axis
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

/** Shows the tooltip of a place on the axis and returns what it says, as one sentence for a screen reader. */
function showPlace(chart, plot, index) {
  const elements = telling(plot).map((datasetIndex) => ({ datasetIndex, index }));
  const drawn = elements.filter(({ datasetIndex }) => (plot.datasets[datasetIndex].data[index] ?? null) !== null);
  chart.setActiveElements(drawn);
  chart.tooltip.setActiveElements(drawn, { x: 0, y: 0 });
  chart.update("none");
  return `${plot.axis.title(index)}: ${plot.spoken(index)}`;
}

/**
 * Lets the arrow keys, Home and End walk along the axis. `current` gives the chart and plot that are drawn now, as
 * they are replaced with every refresh; `say` receives what to announce.
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
