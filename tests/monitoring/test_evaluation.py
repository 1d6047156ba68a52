"""The evaluator does what CloudWatch's page shows, example by example."""

from typing import Any

import pytest

from tests.monitoring.cloudwatch import Point, Series, Store, state, statistic

SERIES = Series("N", "M")
PERIOD = 300
ALARM: dict[str, Any] = {
    "Namespace": "N",
    "MetricName": "M",
    "Statistic": "Maximum",
    "Period": PERIOD,
    "EvaluationPeriods": 3,
    "Threshold": 0,
    "ComparisonOperator": "GreaterThanThreshold",
}


def points(drawn: str) -> list[Point]:
    """A period for each sign: `0` not breaching, `X` breaching, `-` missing. The last period ends at 0."""
    signs = drawn.split()
    return [
        Point(SERIES, "Count", float(sign == "X"), (place - len(signs) + 0.5) * PERIOD)
        for place, sign in enumerate(signs)
        if sign != "-"
    ]


# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
@pytest.mark.parametrize(
    ("drawn", "to_alarm", "breaching", "not_breaching"),
    [
        ("0 - X - X", 3, "OK", "OK"),
        ("0 - - - -", 3, "OK", "OK"),
        ("- - - - -", 3, "ALARM", "OK"),
        ("0 X X - X", 3, "ALARM", "ALARM"),
        ("- - - - X", 3, "ALARM", "OK"),
        ("X - - - -", 3, "ALARM", "OK"),
        ("0 - X - X", 2, "ALARM", "ALARM"),
        ("0 0 X 0 X", 2, "ALARM", "ALARM"),
        ("0 - X - -", 2, "ALARM", "OK"),
        ("- - - - 0", 2, "ALARM", "OK"),
        ("- - - - X", 2, "ALARM", "OK"),
    ],
)
def test_examples_of_the_page(drawn: str, to_alarm: int, breaching: str, not_breaching: str) -> None:
    for treated, expected in (("breaching", breaching), ("notBreaching", not_breaching)):
        alarm = {**ALARM, "DatapointsToAlarm": to_alarm, "TreatMissingData": treated}
        assert state(alarm, Store(points(drawn)), 0.0) == expected


def test_another_dimension_or_unit_is_another_metric() -> None:
    store = Store(points("X X X"))
    stat = {"Namespace": "N", "MetricName": "M", "Statistic": "Sum"}
    assert store.value(stat, -PERIOD, 0) == 1
    assert store.value({**stat, "Unit": "Count"}, -PERIOD, 0) == 1
    assert store.value({**stat, "Unit": "Seconds"}, -PERIOD, 0) is None
    assert store.value({**stat, "Dimensions": [{"Name": "a", "Value": "b"}]}, -PERIOD, 0) is None


def test_percentile_is_by_nearest_rank() -> None:
    assert statistic("p95", [*range(1, 101)]) == 95
    assert statistic("p50", [1, 9]) == 1
