"""`test-etl`: writes on a deployed stage, one pipeline pass, and the insights they must have become."""

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

from infra.deployment.probes.client import Client, expect, new_user

STATUSES = ("pending", "in_progress", "completed", "cancelled")
DELETED_EVERY = 5
PRIORITIES = ("low", "medium", "high", "urgent")


def run(variables: Mapping[str, str], run_pass: Callable[[], None], *, users: int, tasks: int, updates: int) -> str:
    """Raises WrongAnswer at the first figure that is not right. run_pass: returns once a pass is through."""
    with ExitStack() as stack:
        clients = [stack.enter_context(new_user(variables)) for _ in range(users)]
        for number, client in enumerate(clients):
            expect("insights before the first pass", client.json("GET", "/api/v1/insights", 200)["as_of"], None)
            _write(client, first=number, tasks=tasks, updates=updates)
        run_pass()
        for client in clients:
            _check(client)
    return f"{users} users, {tasks} tasks each, {updates} updates a task: every figure is right"


def _write(client: Client, *, first: int, tasks: int, updates: int) -> None:
    """Tasks that end in different states; some are deleted at the end."""
    for number in range(tasks):
        body = {"title": f"Task {number}", "priority": PRIORITIES[number % 4], "category": f"c{number % 3}"}
        task = client.json("POST", "/api/v1/tasks", 201, body)["id"]
        for update in range(updates):
            status = STATUSES[(first + number + update) % 4]
            client.call("PUT", f"/api/v1/tasks/{task}", 200, {"status": status, "description": f"Update {update}"})
        if number % DELETED_EVERY == 0:
            client.call("DELETE", f"/api/v1/tasks/{task}", 204)


def _check(client: Client) -> None:
    """The published figures against what the API itself lists now."""
    tasks = client.json("GET", "/api/v1/tasks?limit=100", 200)
    answer = client.json("GET", "/api/v1/insights", 200)
    expect("whether the pass published this user", answer["as_of"] is not None, True)
    figures = answer["insights"]
    for dimension in ("status", "priority", "category"):
        expect(f"mix by {dimension}", _mix(figures["mix"], dimension), Counter(task[dimension] for task in tasks))
    statuses = Counter(task["status"] for task in tasks)
    counted = len(tasks) - statuses["cancelled"]
    rate = figures["completion-rate"][0]
    expect("completion rate's n", rate["n"], counted)
    expect("completion rate", rate["share"], statuses["completed"] / counted if counted else None)


def _mix(rows: list[dict[str, Any]], dimension: str) -> dict[str, int]:
    return {row["value"]: row["n"] for row in rows if row["dimension"] == dimension}
