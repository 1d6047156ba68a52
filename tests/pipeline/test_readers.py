"""Whoever reads while a pass runs sees the figures before it or those after it, and nothing between."""

import json
from collections import defaultdict
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.pipeline.gold import user_ids
from tests.support.running import ApiUser, RunningStack

FIRST = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
SECOND = FIRST + timedelta(days=1)
ROUTES = ("", "/lead-time", "/throughput", "/cumulative-flow", "/mix", "/streak")
# Iceberg merges and `ha` tables, of one user and of all.
QUERIES = {
    "task_status_history": "SELECT task_id, status, valid_from FROM task_status_history WHERE user_id = '{user}'",
    "task_current_state": "SELECT task_id, status, version FROM task_current_state WHERE user_id = '{user}'",
    "insight_mix": "SELECT dimension, value, n FROM insight_mix WHERE user_id = '{user}'",
    "insight_throughput": "SELECT week, completed FROM insight_throughput WHERE user_id = '{user}'",
    "insight_streak": "SELECT \"current\", longest FROM insight_streak WHERE user_id = '{user}'",
}
Seen = dict[str, list[str]]


class Reader:
    """Reads all that a user can see, over and over."""

    def __init__(self, stack: RunningStack, user: ApiUser, user_id: str) -> None:
        self.stack, self.user, self.user_id = stack, user, user_id

    def read(self) -> dict[str, str]:
        """Each place's answer as text, rows in an order of their own."""
        answers = {route: self.user.call("GET", f"/api/v1/insights{route}", 200) for route in ROUTES}
        rows: dict[str, Any] = {
            name: sorted(map(str, self.stack.typed_rows(sql.format(user=self.user_id))))
            for name, sql in QUERIES.items()
        }
        return {place: json.dumps(answer, sort_keys=True) for place, answer in {**answers, **rows}.items()}

    def read_until(self, done: "Future[Any]") -> Seen:
        seen: Seen = defaultdict(list)
        while not done.done():
            for place, answer in self.read().items():
                seen[place].append(answer)
        return seen


@pytest.fixture(scope="module")
def before_during_after(stack: RunningStack) -> tuple[dict[str, str], Seen, dict[str, str]]:
    """What a reader saw before a pass that changes every figure, while it ran, and after it."""
    user = stack.user("reader@readers.example")
    for number in range(4):
        user.call("POST", "/api/v1/tasks", 201, json={"title": f"Task {number}"})
    tasks = [task["id"] for task in user.call("GET", "/api/v1/tasks", 200)]
    user.call("PUT", f"/api/v1/tasks/{tasks[0]}", 200, json={"status": "completed"})
    stack.manage("runpipeline", "--as-of", FIRST.isoformat())
    reader = Reader(stack, user, user_ids(stack, "readers.example")["reader"])
    before = reader.read()
    user.call("PUT", f"/api/v1/tasks/{tasks[1]}", 200, json={"status": "completed"})
    user.call("PUT", f"/api/v1/tasks/{tasks[2]}", 200, json={"status": "in_progress"})
    user.call("POST", "/api/v1/tasks", 201, json={"title": "One more"})
    with ThreadPoolExecutor(1) as pool:
        during = reader.read_until(pool.submit(stack.manage, "runpipeline", "--as-of", SECOND.isoformat()))
    return before, during, reader.read()


@pytest.mark.parametrize("place", [*ROUTES, *QUERIES])
def test_reader_sees_the_old_or_the_new(
    before_during_after: tuple[dict[str, str], Seen, dict[str, str]], place: str
) -> None:
    before, during, after = before_during_after
    assert before[place] != after[place]
    assert len(during[place]) > 10
    assert set(during[place]) <= {before[place], after[place]}
    order = [answer == after[place] for answer in during[place]]
    assert order == sorted(order)
