import { element } from "../dom.js";
import { number, percent } from "../format.js";
import { weekRange } from "../weeks.js";

const MOST_COHORTS = 12;
const MOST_WEEKS = 13;
const SHADES = 5;

/** A shade from 0 (no users) to 5 (all users), in addition to the number in the cell. */
const shade = (share) => Math.ceil(share * SHADES);

function cell(row) {
  if (!row) return element("td", {});
  const text = row.partial ? `${percent(row.share)}*` : percent(row.share);
  return element("td", { class: `heat heat-${shade(row.share)}` }, text);
}

function cohortRow(rows, weeks) {
  const byWeek = new Map(rows.map((row) => [row.week, row]));
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, weekRange(rows[0].cohort)),
    element("td", {}, number(rows[0].users)),
    ...weeks.map((week) => cell(byWeek.get(week))),
  );
}

function heatTable(cohorts, weeks) {
  const heads = ["First active", "Users", ...weeks.map((week) => `+${week}`)];
  return element(
    "table",
    { class: "heat-table" },
    element("caption", { class: "visually-hidden" }, "Share of users active in the weeks after their first"),
    element("thead", {}, element("tr", {}, ...heads.map((text) => element("th", { scope: "col" }, text)))),
    element("tbody", {}, ...cohorts.map((rows) => cohortRow(rows, weeks))),
  );
}

/** Rows `{cohort, week, users, share, partial}`: the share of a cohort active `week` weeks after its first one. */
function view({ rows }) {
  if (rows.length === 0) return { message: "No users have been active yet." };
  const cohorts = [...Map.groupBy(rows, (row) => row.cohort)]
    .sort(([a], [b]) => (a < b ? 1 : -1))
    .slice(0, MOST_COHORTS)
    .map(([, ofCohort]) => ofCohort);
  const last = Math.min(MOST_WEEKS - 1, Math.max(...cohorts.flat().map((row) => row.week)));
  const weeks = Array.from({ length: last + 1 }, (_, week) => week);
  const table = heatTable(cohorts, weeks);
  const scroll = { class: "table-scroll", role: "region", tabindex: "0", "aria-label": "Retention: numbers" };
  return {
    body: [element("div", scroll, table)],
    note: "Columns: weeks after the first. * This week so far. Latest cohorts first.",
  };
}

export const retention = {
  insight: "retention",
  title: "Returning users",
  lede: "How many of the users who started in a week were active in later weeks?",
  wide: true,
  organizationOnly: true,
  now: true,
  view,
};
