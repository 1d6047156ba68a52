"""CloudWatch's evaluation of an alarm, as far as its pages tell it.

Statistics and units: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html
Evaluation: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
Missing data: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

import math
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# CloudWatch looks at more periods than it evaluates; the page's examples show two more.
FURTHER = 2
BREACHING: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
}
STATISTICS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "Sum": sum,
    "Average": lambda values: sum(values) / len(values),
    "Maximum": max,
    "Minimum": min,
    "SampleCount": len,
}


@dataclass(frozen=True)
class Series:
    """A metric's identity: another dimension makes another metric."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True)
class Point:
    """at: seconds."""

    series: Series
    unit: str
    value: float
    at: float = 0.0


class Store:
    """What was sent, by series, in its order of time."""

    def __init__(self, points: Iterable[Point]) -> None:
        self._points: dict[Series, list[Point]] = {}
        for point in sorted(points, key=_time):
            self._points.setdefault(point.series, []).append(point)

    def value(self, stat: Mapping[str, Any], start: float, end: float) -> float | None:
        """A statistic over a period, its end included; None without any data. With a unit, only that unit's count."""
        points = self._points.get(series_of(stat), [])
        sent = points[bisect_right(points, start, key=_time) : bisect_right(points, end, key=_time)]
        wanted = [point.value for point in sent if stat.get("Unit") in {None, point.unit}]
        return statistic(str(stat.get("Statistic") or stat["ExtendedStatistic"]), wanted) if wanted else None


def _time(point: Point) -> float:
    return point.at


def statistic(name: str, values: Sequence[float]) -> float:
    if name in STATISTICS:
        return STATISTICS[name](values)
    share = float(name.removeprefix("p")) / 100
    return sorted(values)[math.ceil(share * len(values)) - 1]


def series_of(stat: Mapping[str, Any]) -> Series:
    dimensions = frozenset((d["Name"], d["Value"]) for d in stat.get("Dimensions", []))
    return Series(stat["Namespace"], stat["MetricName"], dimensions)


def stats_of(alarm: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The metrics an alarm looks at, in the form of a plain alarm's properties; those of an expression by their ids."""
    if "Metrics" not in alarm:
        return {"": dict(alarm)}
    return {
        part["Id"]: {
            **part["MetricStat"]["Metric"],
            "Statistic": part["MetricStat"]["Stat"],
            "Period": part["MetricStat"]["Period"],
        }
        for part in alarm["Metrics"]
        if "MetricStat" in part
    }


def state(alarm: Mapping[str, Any], store: Store, now: float) -> str:
    """The alarm's state at a moment, from the periods that end then. Missing data are breaching or not, no third."""
    stats, periods = stats_of(alarm), alarm["EvaluationPeriods"]
    period = next(iter(stats.values()))["Period"]
    values = [
        _value(alarm, stats, store, now - (back + 1) * period, now - back * period) for back in range(periods + FURTHER)
    ]
    existing = [value for value in values if value is not None][:periods]
    breaching = sum(BREACHING[alarm["ComparisonOperator"]](value, alarm["Threshold"]) for value in existing)
    missing = periods - len(existing)
    if {"breaching": True, "notBreaching": False}[alarm["TreatMissingData"]]:
        breaching += missing
    return "ALARM" if breaching >= alarm["DatapointsToAlarm"] else "OK"


def _value(
    alarm: Mapping[str, Any], stats: Mapping[str, Mapping[str, Any]], store: Store, start: float, end: float
) -> float | None:
    if "Metrics" not in alarm:
        return store.value(stats[""], start, end)
    (expression,) = (part["Expression"] for part in alarm["Metrics"] if "Expression" in part)
    terms = re.fullmatch(r"FILL\((m\d+), 0\)(?: \+ FILL\((m\d+), 0\))*", expression)
    assert terms, f"the evaluator knows no {expression}"
    return sum(store.value(stats[name], start, end) or 0 for name in re.findall(r"m\d+", expression))
