"""Requests to the running API are counted in gold, from the very lines of its log."""

import json
import time
from collections import Counter

import pytest

from tests.support.running import RunningStack

SECONDS = 30


@pytest.fixture(scope="module")
def logged(stack: RunningStack) -> Counter[tuple[str, str, str]]:
    """How many lines of the API's log there are by day, route and status class, once all lie in bronze; and a pass."""
    user = stack.user("usage@example.com")
    for _ in range(3):
        user.call("GET", "/api/v1/tasks", 200)
    user.call("GET", "/api/v1/tasks/a-path-that-somebody-typed", 404)
    user.call("GET", "/nowhere/somebody@example.com", 404)
    lines = [json.loads(line) for line in stack.log("api").splitlines() if line.startswith("{")]
    requests = [line for line in lines if line["logger"] == "todo_api.access"]
    _wait_for(stack, requests[-1]["request_id"])
    stack.manage("runpipeline")
    return Counter((r["time"][:10], r["route"] or "(none)", f"{r['status'] // 100}xx") for r in requests)


def _wait_for(stack: RunningStack, request_id: str) -> None:
    s3, bucket = stack.client("s3"), stack.environment["LAKE_BUCKET"]
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        for item in s3.list_objects_v2(Bucket=bucket, Prefix="bronze/logs/").get("Contents", []):
            if request_id.encode() in s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read():
                return
        time.sleep(0.5)
    raise AssertionError(f"No log line of {request_id} in bronze after {SECONDS} s.")


def test_gold_counts_the_lines_of_the_log(logged: Counter[tuple[str, str, str]], stack: RunningStack) -> None:
    rows = stack.typed_rows("SELECT cast(day AS varchar), route, status_class, n FROM api_usage")
    assert {row[:3]: row[3] for row in rows} == logged
    assert logged[rows[0][0], "api/v1/tasks/<task_id>", "4xx"] >= 1


def test_durations_are_those_of_the_log_in_order(logged: Counter[tuple[str, str, str]], stack: RunningStack) -> None:
    rows = stack.typed_rows("SELECT n, p50_ms, p95_ms FROM api_usage")
    assert sum(logged.values()) == sum(row[0] for row in rows)
    assert all(0 < p50 <= p95 for _, p50, p95 in rows)


def test_what_somebody_typed_is_not_in_gold(logged: Counter[tuple[str, str, str]], stack: RunningStack) -> None:
    routes = {row[0] for row in stack.typed_rows("SELECT DISTINCT route FROM api_usage")}
    assert "(none)" in routes
    assert not [route for route in routes if "somebody" in route]
