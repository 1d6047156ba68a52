import { element } from "./dom.js";

const shortId = (id) => `…${id.slice(-6)}`;

/** A task by its title, or the end of its id, leading to itself; other people's tasks have but the latter. */
export function taskName(id, { titles, organization }) {
  if (organization) return shortId(id);
  return element("a", { href: `/api/v1/tasks/${id}` }, titles.get(id) ?? `Task ${shortId(id)}`);
}
