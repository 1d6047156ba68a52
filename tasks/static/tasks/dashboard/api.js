const INSIGHTS = "/api/v1/insights";
const PROFILE = "/api/v1/users";
const OPEN_TASKS = "/api/v1/tasks?status=pending,in_progress&ordering=created_at&limit=100";

/** The API refused with `status`; the message is the problem document's own (RFC 9457). */
export class ApiProblem extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function problemOf(response) {
  const problem = await response.json().catch(() => ({}));
  const reasons = problem.errors?.map(({ detail }) => detail).join(" ");
  const message = reasons || problem.detail || problem.title || `The service answered ${response.status}.`;
  return new ApiProblem(response.status, message);
}

/** The sign-in page, which leads back to what is shown now. */
const signIn = () => `/login?next=${encodeURIComponent(location.pathname + location.search)}`;

/**
 * GET a JSON answer with the session's cookie. Null where the API has no such insight; a session that has ended leads
 * to the sign-in page and never resolves, as the page is being left. Throws ApiProblem, or TypeError when offline.
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

/** Somebody's insights: the caller's own, or with `organization` everybody's together (analysts alone may see them). */
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
   * `{insight, definition, unit, as_of, from, to, truncated, rows}`, or null if this version publishes no such insight.
   * @param range `{from, to}` in the insight's own unit, days or ISO weeks; without it all that is published
   */
  insight(name, range) {
    return get(`${this.#base}/${name}${range ? `?${new URLSearchParams(range)}` : ""}`);
  }
}

/** Whether the organization's figures may be seen; for those whose token says they are analysts. */
export async function organizationAnswers() {
  try {
    return (await get(`${INSIGHTS}/organization`)) !== null;
  } catch {
    return false;
  }
}

/** The caller's time zone, whose days the insights go by. */
export async function ownTimeZone() {
  return (await get(PROFILE)).time_zone;
}

/** Titles of the oldest open tasks, by id; the lake has none, as no free text reaches it. */
export async function titlesOfOldest() {
  const tasks = (await get(OPEN_TASKS)) ?? [];
  return new Map(tasks.map(({ id, title }) => [id, title]));
}
