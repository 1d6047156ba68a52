import { animation, colour } from "./theme.js";
import { weekRange, weekTick } from "./weeks.js";

const { Chart } = globalThis;

/** Scales that all charts by week share. `y` adds to the value axis (its ticks' step and wording). */
function scales(weeks, y) {
  const spansYears = weeks.length > 60;
  const text = { color: colour("muted"), font: { size: 12 } };
  return {
    x: {
      offset: true,
      grid: { display: false },
      border: { color: colour("line") },
      ticks: {
        ...text,
        maxRotation: 0,
        autoSkipPadding: 18,
        callback: (_, index) => weekTick(weeks[index], spansYears),
      },
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

const tooltip = (weeks, label) => ({
  backgroundColor: colour("tooltip"),
  titleColor: colour("tooltip-ink"),
  bodyColor: colour("tooltip-ink"),
  padding: 10,
  cornerRadius: 6,
  displayColors: false,
  callbacks: { title: ([point]) => weekRange(weeks[point.dataIndex]), label },
});

/**
 * Draws a chart by week.
 * @param canvas where
 * @param plot `{type, weeks, datasets, y, label}`: Chart.js' type and data sets, and what the tooltip says of a point
 */
export function drawPlot(canvas, plot) {
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  return new Chart(canvas, {
    type: plot.type,
    data: { labels: plot.weeks, datasets: plot.datasets },
    options: {
      animation: animation(),
      maintainAspectRatio: false,
      interaction: { mode: "index", intersect: false },
      scales: scales(plot.weeks, plot.y),
      plugins: { legend: { display: false }, tooltip: tooltip(plot.weeks, plot.label) },
    },
  });
}

const STEPS = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };

/** Shows a week's tooltip and returns what it says, as one sentence for a screen reader. */
function showWeek(chart, plot, index) {
  const elements = plot.datasets.map((_, datasetIndex) => ({ datasetIndex, index }));
  const drawn = elements.filter(({ datasetIndex }) => chart.data.datasets[datasetIndex].data[index] !== null);
  chart.setActiveElements(drawn);
  chart.tooltip.setActiveElements(drawn, { x: 0, y: 0 });
  chart.update("none");
  return `${weekRange(plot.weeks[index])}: ${plot.spoken(index)}`;
}

/**
 * Lets the arrow keys, Home and End walk from week to week. `current` gives the chart and plot that are drawn now, as
 * they are replaced with every refresh; `say` receives what to announce.
 */
export function walkWithKeys(container, current, say) {
  let index = null;
  container.addEventListener("keydown", (event) => {
    const { chart, plot } = current();
    if (!chart || !(event.key in STEPS)) return;
    event.preventDefault();
    const count = plot.weeks.length;
    const from = index ?? (event.key === "ArrowRight" ? -1 : count);
    index = Math.min(count - 1, Math.max(0, from + STEPS[event.key]));
    say(showWeek(chart, plot, index));
  });
  container.addEventListener("blur", () => {
    const { chart } = current();
    index = null;
    chart?.setActiveElements([]);
    chart?.tooltip.setActiveElements([], { x: 0, y: 0 });
    chart?.update("none");
  });
}
