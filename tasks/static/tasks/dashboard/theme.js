/** The page's colours and motion for the canvas, which can't take them from the style sheet by itself. */

const dark = matchMedia("(prefers-color-scheme: dark)");
const lessMotion = matchMedia("(prefers-reduced-motion: reduce)");

/** The value of a custom property of site.css: `colour("series-1")` is what `--series-1` holds now. */
export const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

export const animation = () => (lessMotion.matches ? false : { duration: 350 });

/** Calls back when the reader switches between light and dark. */
export const onSchemeChange = (callback) => dark.addEventListener("change", callback);
