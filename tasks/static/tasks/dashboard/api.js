const INSIGHTS = "/api/v1/insights";
const SIGN_IN = "/login?next=/dashboard";

/** The API refused; the message is the problem document's own (RFC 9457). */
export class ApiProblem extends Error {}

async function problemOf(response) {
  const problem = await response.json().catch(() => ({}));
  return new ApiProblem(problem.detail ?? problem.title ?? `The service answered ${response.status}.`);
}

/**
 * GET a JSON answer with the session's cookie. Null where the API has no such insight; a session that has ended leads
 * to the sign-in page and never resolves, as the page is being left. Throws ApiProblem, or TypeError when offline.
 */
async function get(url) {
  const response = await fetch(url, { headers: { Accept: "application/json" }, cache: "no-store" });
  if (response.ok) return response.json();
  if (response.status === 404) return null;
  if (response.status === 401) {
    location.assign(SIGN_IN);
    return new Promise(() => {});
  }
  throw await problemOf(response);
}

/** `{as_of, insights: {name: rows}}`; as_of is null before the first pass. */
export async function fetchSummary() {
  return (await get(INSIGHTS)) ?? { as_of: null, insights: {} };
}

/** `{insight, definition, unit, as_of, from, to, truncated, rows}`, or null if this version publishes no such insight. */
export const fetchInsight = (name) => get(`${INSIGHTS}/${name}`);
