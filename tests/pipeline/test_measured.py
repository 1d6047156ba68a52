"""What a running system measures of itself, and one request's id from its answer to silver."""

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.running import ApiUser, RunningStack

ID = "a-request-to-be-followed"
TASKS = ("pending", "in_progress", "completed", "completed")


@pytest.fixture(scope="module")
def user(stack: RunningStack) -> ApiUser:
    """A user with four tasks, one of them of high priority and written under the id; a pass has taken them in."""
    user = stack.user("measured@example.com")
    for number, status in enumerate(TASKS):
        values = {"title": "Measure", "status": status, "priority": "low" if number else "high"}
        headers = {} if number else {"X-Correlation-Id": ID}
        user.call("POST", "/api/v1/tasks", 201, json=values, headers=headers)
    stack.manage("runpipeline")
    return user


def bronze(stack: RunningStack) -> Iterator[dict[str, Any]]:
    s3, bucket = stack.client("s3"), stack.environment["LAKE_BUCKET"]
    for found in s3.list_objects_v2(Bucket=bucket, Prefix="bronze/change_events/")["Contents"]:
        body = s3.get_object(Bucket=bucket, Key=found["Key"])["Body"].read()
        text = gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
        yield from map(json.loads, text.splitlines())


def test_one_id_leads_from_the_log_to_bronze_and_silver(stack: RunningStack, user: ApiUser) -> None:
    lines = [json.loads(line) for line in stack.log("api").splitlines() if ID in line]
    assert [(line["method"], line["route"], line["status"]) for line in lines] == [("POST", "api/v1/tasks", 201)]
    (event,) = [event for event in bronze(stack) if event["correlation_id"] == ID]
    rows = stack.athena(f"SELECT event_id FROM todo_silver.change_events WHERE correlation_id = '{ID}'")
    assert [row["event_id"] for row in rows] == [event["event_id"]]


def test_business_metrics_are_golds_figures(stack: RunningStack, user: ApiUser) -> None:
    kpis = {row["metric"]: float(row["value"] or 0) for row in stack.athena("SELECT * FROM business_metrics_kpis")}
    tasks = stack.athena("SELECT status, priority FROM task_current_state")
    assert len(tasks) >= len(TASKS)
    count = {status: sum(task["status"] == status for task in tasks) for status in ("pending", "in_progress")}
    open_or_done = [task for task in tasks if task["status"] != "cancelled"]
    (audience,) = stack.athena("SELECT monthly FROM insight_audience ORDER BY day DESC LIMIT 1")
    expected = {
        "TotalUsers": kpis["total_users"],
        "TotalTasks": kpis["total_tasks"],
        "CompletedTasks": kpis["completed_tasks"],
        "PendingTasks": count["pending"],
        "InProgressTasks": count["in_progress"],
        "HighPriorityTasks": sum(task["priority"] == "high" for task in tasks),
        "TaskCompletionRate": 100 * kpis["completed_tasks"] / len(open_or_done),
        "AverageTasksPerUser": kpis["total_tasks"] / kpis["total_users"],
        "ActiveUsers": float(audience["monthly"] or 0),
    }
    assert {name: newest(stack, name) for name in expected} == pytest.approx(expected)


def newest(stack: RunningStack, name: str) -> float:
    """The last value of a business metric; the emulator keeps each by its second."""
    found = stack.client("cloudwatch").get_metric_data(
        StartTime=datetime.now(UTC) - timedelta(hours=1),
        EndTime=datetime.now(UTC) + timedelta(minutes=1),
        MetricDataQueries=[
            {
                "Id": "m",
                "MetricStat": {
                    "Metric": {"Namespace": "TodoApi/CustomMetrics", "MetricName": name},
                    "Period": 1,
                    "Stat": "Maximum",
                },
            }
        ],
    )["MetricDataResults"][0]
    _at, value = max(zip(found["Timestamps"], found["Values"], strict=True))
    return float(value)
