"""`test-api`: for some users, a task's whole life on a deployed stage, and requests that must be refused."""

import secrets
from collections.abc import Mapping

from infra.deployment.probes.client import Client, expect, new_user


def run(variables: Mapping[str, str], *, users: int, tasks: int) -> str:
    """Returns a summary. Raises WrongResponse at the first wrong response."""
    public_pages(Client(variables["API_ENDPOINT"]), variables)
    requests = 0
    for _ in range(users):
        with new_user(variables) as client, new_user(variables) as stranger:
            made = [_create(client, number) for number in range(tasks)]
            listed = client.json("GET", f"/api/v1/tasks?limit={tasks}", 200)
            expect("the list's newest tasks", [task["id"] for task in listed], list(reversed(made)))
            for task in made:
                _complete_and_delete(client, stranger, task)
            expect("the list after all were deleted", client.json("GET", "/api/v1/tasks", 200), [])
            expect("the insights' members", sorted(client.json("GET", "/api/v1/insights", 200)), ["as_of", "insights"])
            requests += 4 + 10 * tasks
        client.call("GET", "/api/v1/users", 410)
    return f"{users} users, {requests} requests, all responses correct"


def public_pages(client: Client, variables: Mapping[str, str]) -> None:
    """Checks the public pages, and that tasks need a token."""
    health = client.json("GET", "/health", 200)
    expect("health", health, {"status": "ok", "version": variables["VERSION"], "environment": variables["ENVIRONMENT"]})
    expect("the document's OpenAPI version", client.json("GET", "/openapi.json", 200)["openapi"], "3.1.0")
    for page in ("/docs", "/login"):
        client.call("GET", page, 200)
    expect("the problem without a token", client.json("GET", "/api/v1/tasks", 401)["status"], 401)


def _create(client: Client, number: int) -> str:
    """Creates a task twice with the same key; returns its id."""
    wanted = {"title": f"Probe {number}", "priority": "high", "category": "probe", "due_date": "2030-01-31"}
    key = secrets.token_hex(8)
    made = client.json("POST", "/api/v1/tasks", 201, wanted, Idempotency_Key=key)
    expect("the created task", {name: made[name] for name in wanted}, wanted)
    expect("its status", (made["status"], made["completed_at"]), ("pending", None))
    replayed = client.call("POST", "/api/v1/tasks", 201, wanted, {"Idempotency-Key": key})
    expect("the replay", (replayed.json(), replayed.headers.get("Idempotent-Replayed")), (made, "true"))
    return str(made["id"])


def _complete_and_delete(client: Client, stranger: Client, task: str) -> None:
    path = f"/api/v1/tasks/{task}"
    tag = client.call("GET", path, 200).headers.get("ETag", "")
    stranger.call("GET", path, 404)
    stranger.call("DELETE", path, 404)
    completed = client.json("PUT", path, 200, {"status": "completed"}, If_Match=tag)
    expect("the completed task's status", completed["status"], "completed")
    expect("whether it has a completion time", completed["completed_at"] is not None, True)
    client.call("PUT", path, 412, {"status": "pending"}, {"If-Match": tag})
    client.call("PUT", path, 400, {"status": "done"})
    expect("the task as stored", client.json("GET", path, 200), completed)
    client.call("DELETE", path, 204)
    client.call("GET", path, 404)
