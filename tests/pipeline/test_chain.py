"""A task written through the API becomes an insight, through every part of the chain."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.running import ApiUser, RunningStack

IN_TWO_WEEKS = datetime.now(UTC) + timedelta(weeks=2)
AS_OF = IN_TWO_WEEKS.strftime("%Y-%m-%dT%H:%M:%S.000Z")


@pytest.fixture(scope="module")
def user(stack: RunningStack) -> ApiUser:
    """A user with four tasks: one completed, one deleted, one in progress, one pending."""
    user = stack.user("chain@example.com")
    for title, category in [("Write", "docs"), ("Throw away", "docs"), ("Review", None), ("Later", None)]:
        user.call("POST", "/api/v1/tasks", 201, json={"title": title, "category": category, "priority": "high"})
    ids = {task["title"]: task["id"] for task in user.call("GET", "/api/v1/tasks", 200)}
    user.call("PUT", f"/api/v1/tasks/{ids['Write']}", 200, json={"status": "in_progress"})
    user.call("PUT", f"/api/v1/tasks/{ids['Write']}", 200, json={"status": "completed"})
    user.call("PUT", f"/api/v1/tasks/{ids['Review']}", 200, json={"status": "in_progress"})
    user.call("DELETE", f"/api/v1/tasks/{ids['Throw away']}", 204)
    stack.manage("runpipeline", "--as-of", AS_OF)
    return user


def test_insights_after_a_pass_show_the_users_tasks(user: ApiUser) -> None:
    answer = user.call("GET", "/api/v1/insights", 200)
    assert answer["as_of"] == AS_OF
    mix = {(row["dimension"], row["value"]): row["n"] for row in answer["insights"]["mix"]}
    assert mix == {
        ("status", "completed"): 1,
        ("status", "in_progress"): 1,
        ("status", "pending"): 1,
        ("priority", "high"): 3,
        ("category", "docs"): 1,
        ("category", None): 2,
    }
    assert answer["insights"]["lead-time"][0]["n"] == 1


def test_throughput_after_a_pass_counts_the_completion_in_its_week(user: ApiUser) -> None:
    rows = user.call("GET", "/api/v1/insights/throughput", 200)["rows"]
    year, week, _day = IN_TWO_WEEKS.isocalendar()
    assert [row["completed"] for row in rows] == [1, 0, 0]
    assert rows[-1]["week"] == f"{year}-W{week:02d}"


def test_contract_relation_through_athena_has_the_users_counts(user: ApiUser, stack: RunningStack) -> None:
    rows = stack.athena("SELECT * FROM task_analytics_user_metrics")
    assert [
        (row["total_tasks"], row["completed_tasks"], row["pending_tasks"], row["in_progress_tasks"]) for row in rows
    ] == [("3", "1", "1", "1")]


def test_a_second_pass_with_the_same_as_of_changes_no_figure(user: ApiUser, stack: RunningStack) -> None:
    before = _figures(user, stack)
    stack.manage("runpipeline", "--as-of", AS_OF)
    assert _figures(user, stack) == before


def test_the_lake_holds_no_personal_text(user: ApiUser, stack: RunningStack) -> None:
    s3, bucket = stack.client("s3"), stack.environment["LAKE_BUCKET"]
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="bronze/")
    keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
    bronze = b"".join(s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys)
    assert b'"category"' in bronze
    for text in (b"Throw away", b"chain@example.com", b"Write"):
        assert text not in bronze


def _figures(user: ApiUser, stack: RunningStack) -> Any:
    relations = (
        "user_analytics",
        "task_analytics_user_metrics",
        "task_analytics_category_trends",
        "business_metrics_kpis",
    )
    return (
        [stack.athena(f"SELECT * FROM {relation} ORDER BY 1") for relation in relations],
        [user.call("GET", f"/api/v1/insights{name}", 200) for name in ("", "/lead-time", "/throughput", "/mix")],
    )
