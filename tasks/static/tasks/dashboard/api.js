const INSIGHTS = "/api/v1/insights";
const PROFILE = "/api/v1/users";
const OPEN_TASKS = "/api/v1/tasks?status=pending,in_progress&ordering=created_at&limit=100";

/** An error response with `status`; the message comes from its problem details (RFC 9457). */
export class ApiProblem extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function problemOf(response) {
  const problem = await response.json().catch(() => ({}));
  const reasons = problem.errors?.map(({ detail }) => detail).join(" ");
  const message = reasons || problem.detail || problem.title || `The service responded with ${response.status}.`;
  return new ApiProblem(response.status, message);
}

/** The sign-in page, which returns to the current page. */
const signIn = () => `/login?next=${encodeURIComponent(location.pathname + location.search)}`;

/**
 * Gets a JSON response with the session's cookie, or null for 404. When the session has expired, goes to the sign-in
 * page and never resolves. Throws ApiProblem, or TypeError when offline.
 */
async function get(url) {
  const response = await fetch(url, { headers: { Accept: "application/json" }, cache: "no-store" });
  if (response.ok) return response.json();
  if (response.status === 404) return null;
  if (response.status === 401) {
    location.assign(signIn());
    return new Promise(() => {});
  }
  throw await problemOf(response);
}

/** The insights of the user or, with `organization`, of all users (only for analysts). */
export class Source {
  #base;

  constructor({ organization }) {
    this.organization = organization;
    this.#base = organization ? `${INSIGHTS}/organization` : INSIGHTS;
  }

  /** `{as_of, insights: {name: rows}}`; as_of is null before the first pass. */
  async summary() {
    return (await get(this.#base)) ?? { as_of: null, insights: {} };
  }

  /**
   * `{insight, definition, unit, as_of, from, to, truncated, rows}`, or null if the API has no such insight.
   * @param range `{from, to}` in the insight's unit, days or ISO weeks; default: all that is published
   */
  insight(name, range) {
    return get(`${this.#base}/${name}${range ? `?${new URLSearchParams(range)}` : ""}`);
  }
}

/** Whether the user may see the organization's figures. Call it only for analysts. */
export async function canSeeOrganization() {
  try {
    return (await get(`${INSIGHTS}/organization`)) !== null;
  } catch {
    return false;
  }
}

/** The time zone of the user's profile, which sets the days of their insights. */
export async function ownTimeZone() {
  return (await get(PROFILE)).time_zone;
}

/** The titles of the oldest open tasks, by id. Insights have no titles, because free text stays out of the lake. */
export async function oldestTaskTitles() {
  const tasks = (await get(OPEN_TASKS)) ?? [];
  return new Map(tasks.map(({ id, title }) => [id, title]));
}
