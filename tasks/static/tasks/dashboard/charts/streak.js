import { barTable } from "../bars.js";
import { count } from "../format.js";

/** One row `{current, longest}`, in days. */
function view({ rows }) {
  const row = rows[0];
  if (!row || row.longest === 0) return { message: "No task is completed yet. The first completion starts a streak." };
  const entries = [
    { label: "Current", n: row.current, kind: "category", figures: [count(row.current, "day")] },
    { label: "Longest", n: row.longest, kind: "none", figures: [count(row.longest, "day")] },
  ];
  const missing = row.longest - row.current;
  const record = "This is the longest streak so far.";
  const toGo = missing === 0 ? record : `${count(missing + 1, "day")} more for a new record.`;
  return {
    body: [barTable("Days in a row with a completed task", ["Streak", "Days"], entries, row.longest)],
    note: row.current === 0 ? "A task completed today starts a new one." : toGo,
  };
}

export const streak = {
  insight: "streak",
  title: "Days in a row with a completed task",
  lede: "Today counts as soon as you complete a task, and does not break the streak before.",
  now: true,
  wide: true,
  view,
};
