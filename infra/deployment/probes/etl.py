"""`test-etl`: writes to a deployed stage, runs one pipeline pass and checks the insights."""

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

from infra.deployment.probes.client import Client, expect, new_user

STATUSES = ("pending", "in_progress", "completed", "cancelled")
DELETE_EVERY = 5
PRIORITIES = ("low", "medium", "high", "urgent")


def run(variables: Mapping[str, str], run_pass: Callable[[], None], *, users: int, tasks: int, updates: int) -> str:
    """Returns a summary. Raises WrongResponse at the first wrong figure. run_pass: runs a pass to its end."""
    with ExitStack() as stack:
        clients = [stack.enter_context(new_user(variables)) for _ in range(users)]
        for number, client in enumerate(clients):
            expect("insights before the first pass", client.json("GET", "/api/v1/insights", 200)["as_of"], None)
            _write(client, first=number, tasks=tasks, updates=updates)
        run_pass()
        for client in clients:
            _check(client)
    return f"{users} users, {tasks} tasks each, {updates} updates per task: every figure is correct"


def _write(client: Client, *, first: int, tasks: int, updates: int) -> None:
    """Creates tasks that end in different states, and deletes some of them."""
    for number in range(tasks):
        body = {"title": f"Task {number}", "priority": PRIORITIES[number % 4], "category": f"c{number % 3}"}
        task = client.json("POST", "/api/v1/tasks", 201, body)["id"]
        for update in range(updates):
            status = STATUSES[(first + number + update) % 4]
            client.call("PUT", f"/api/v1/tasks/{task}", 200, {"status": status, "description": f"Update {update}"})
        if number % DELETE_EVERY == 0:
            client.call("DELETE", f"/api/v1/tasks/{task}", 204)


def _check(client: Client) -> None:
    """Compares the published figures with the tasks that the API lists now."""
    tasks = client.json("GET", "/api/v1/tasks?limit=100", 200)
    response = client.json("GET", "/api/v1/insights", 200)
    expect("whether the pass published this user", response["as_of"] is not None, True)
    figures = response["insights"]
    for dimension in ("status", "priority", "category"):
        expect(f"mix by {dimension}", _mix(figures["mix"], dimension), Counter(task[dimension] for task in tasks))
    statuses = Counter(task["status"] for task in tasks)
    counted = len(tasks) - statuses["cancelled"]
    rate = figures["completion-rate"][0]
    expect("completion rate's n", rate["n"], counted)
    expect("completion rate", rate["share"], statuses["completed"] / counted if counted else None)


def _mix(rows: list[dict[str, Any]], dimension: str) -> dict[str, int]:
    return {row["value"]: row["n"] for row in rows if row["dimension"] == dimension}
