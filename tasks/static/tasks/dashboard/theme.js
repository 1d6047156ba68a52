/** The page's colours and motion for canvases, which style sheets don't reach. */

const dark = matchMedia("(prefers-color-scheme: dark)");
const lessMotion = matchMedia("(prefers-reduced-motion: reduce)");

/** The current value of a custom property of colours.css: `colour("series-1")` reads `--series-1`. */
export const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

export const animation = () => (lessMotion.matches ? false : { duration: 350 });

/** Calls back when the colour scheme changes between light and dark. */
export const onSchemeChange = (callback) => dark.addEventListener("change", callback);
