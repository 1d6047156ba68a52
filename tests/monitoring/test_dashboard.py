"""The dashboard draws nothing that nobody emits, and every part that it promises."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.monitoring import aws
from tests.monitoring.cloudwatch import Series
from tests.monitoring.emitters import EMITTERS, normal
from tests.monitoring.template import resources

PARTS = [
    "API health", "Lambda", "Pipeline", "CDC", "DynamoDB", "User activity", "Task productivity", "Cost",
]  # fmt: skip


@pytest.fixture(scope="module")
def widgets() -> list[dict[str, Any]]:
    (dashboard,) = resources("AWS::CloudWatch::Dashboard")
    assert dashboard["DashboardName"] == "TodoApiMonitoring"
    found: list[dict[str, Any]] = json.loads(dashboard["DashboardBody"])["widgets"]
    return found


def drawn(widgets: list[dict[str, Any]]) -> Iterator[Series]:
    """The series of all graphs. A row of `metrics` is namespace, name, dimensions in pairs, and options.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
    """
    for widget in widgets:
        for row in widget["properties"].get("metrics", []):
            words = [word for word in row if isinstance(word, str)]
            if words:
                namespace, name, *rest = words
                yield Series(namespace, name, frozenset(zip(rest[::2], rest[1::2], strict=True)))


def test_every_metric_is_emitted_by_somebody(widgets: list[dict[str, Any]]) -> None:
    emitted = {sent.series for sent in aws.ALL} | {point.series for e in EMITTERS for point in normal(e)}
    shown = set(drawn(widgets))
    assert len(shown) > 50
    assert shown - emitted == set()


def test_every_business_metric_is_shown(widgets: list[dict[str, Any]]) -> None:
    names = {series.name for series in drawn(widgets) if series.namespace == "TodoApi/CustomMetrics"}
    assert names == {
        "TotalUsers", "ActiveUsers", "TotalTasks", "CompletedTasks", "PendingTasks", "InProgressTasks",
        "HighPriorityTasks", "TaskCompletionRate", "AverageTasksPerUser",
    }  # fmt: skip


def test_parts_come_in_their_order(widgets: list[dict[str, Any]]) -> None:
    headings = [w["properties"]["markdown"].removeprefix("## ") for w in widgets if w["type"] == "text"]
    assert headings == PARTS


def test_charges_are_read_where_they_are_kept(widgets: list[dict[str, Any]]) -> None:
    (graph,) = [w for w in widgets if w["properties"].get("title") == "This month's charges"]
    assert {row[-1]["region"] for row in graph["properties"]["metrics"]} == {"us-east-1"}
