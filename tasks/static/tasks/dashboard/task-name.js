import { element } from "./dom.js";

const shortId = (id) => `…${id.slice(-6)}`;

/** A link to a task with its title, or the end of its id; other users' tasks have only the id, without a link. */
export function taskName(id, { titles, organization }) {
  if (organization) return shortId(id);
  return element("a", { href: `/api/v1/tasks/${id}` }, titles.get(id) ?? `Task ${shortId(id)}`);
}
