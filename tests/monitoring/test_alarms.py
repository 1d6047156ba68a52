"""Every alarm of the template fires on what its emitter sends in trouble, and none on a quiet day."""

import copy
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from tests.monitoring.cloudwatch import Store, series_of, state, stats_of
from tests.monitoring.days import DAY, MINUTE, NOON, TROUBLE, quiet, trouble
from tests.monitoring.template import alarms, resources

NAMES = sorted(TROUBLE)


@cache
def without_trouble() -> Store:
    return Store(quiet())


def in_trouble(name: str) -> Store:
    return Store([*quiet(), *trouble(name)])


def test_every_alarm_has_a_trouble_and_every_trouble_an_alarm() -> None:
    assert sorted(alarms()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_alarm_fires_in_trouble(name: str) -> None:
    assert state(alarms()[name], without_trouble(), NOON) == "OK"
    assert state(alarms()[name], in_trouble(name), NOON) == "ALARM"


def test_insights_are_stale_too_when_nobody_measures_them() -> None:
    silent = Store(point for point in quiet() if point.series.name != "InsightAge")
    assert state(alarms()["insights-stale"], silent, NOON) == "ALARM"


@pytest.mark.parametrize("name", NAMES)
def test_alarm_is_quiet_on_a_quiet_day(name: str) -> None:
    """Minute by minute; the day before was the same."""
    yesterday = [type(point)(point.series, point.unit, point.value, point.at - DAY) for point in quiet()]
    relevant = {series_of(stat) for stat in stats_of(alarms()[name]).values()}
    store = Store(point for point in [*yesterday, *quiet()] if point.series in relevant)
    fired = [m for m in range(DAY // MINUTE) if state(alarms()[name], store, m * MINUTE) != "OK"]
    assert fired == []


Change = Callable[[dict[str, Any]], object]


def other_dimension(stat: dict[str, Any]) -> None:
    stat["Dimensions"] = [*stat.get("Dimensions", []), {"Name": "Region", "Value": "us-east-1"}]


def other_value(stat: dict[str, Any]) -> None:
    """Of the first dimension; without one, a dimension more."""
    first, *rest = stat.get("Dimensions") or [{"Name": "service", "Value": ""}]
    stat["Dimensions"] = [{**first, "Value": "AWS::SQS::Queue/Undelivered"}, *rest]


def as_rest_api(stat: dict[str, Any]) -> None:
    stat.update(MetricName={"4xx": "4XXError", "5xx": "5XXError"}.get(stat["MetricName"], f"{stat['MetricName']}s"))


def wrong_statistic(stat: dict[str, Any]) -> None:
    """One with which the figure is another: of counts the smallest, of times how many, of a share the largest."""
    now = stat.pop("ExtendedStatistic", None) or stat["Statistic"]
    wrong = {"Sum": "Minimum", "Average": "Maximum", "Maximum": "SampleCount", "p95": "Minimum"}
    stat["Statistic"] = wrong[now]


MUTATIONS: dict[str, Change] = {
    "namespace": lambda stat: stat.update(Namespace=f"{stat['Namespace']}s"),
    "name": as_rest_api,
    "dimension": other_dimension,
    "value": other_value,
    "unit": lambda stat: stat.update(Unit="Megabytes"),
    "statistic": wrong_statistic,
}


def changed(alarm: dict[str, Any], change: Change) -> dict[str, Any]:
    """The alarm with each of its metrics changed."""
    alarm = copy.deepcopy(alarm)
    if "Metrics" not in alarm:
        change(alarm)
        return alarm
    for part in alarm["Metrics"]:
        if "MetricStat" in part:
            stat = {**part["MetricStat"]["Metric"], "Statistic": part["MetricStat"]["Stat"]}
            change(stat)
            part["MetricStat"] = {"Metric": stat, "Stat": stat["Statistic"], "Period": part["MetricStat"]["Period"]}
    return alarm


# One failure is one data point, of which every statistic is the same.
LONE = {"maintenance-failed", "pipeline-failed", "pipeline-timed-out", "reconcile-failed", "silver-failed"}


@pytest.mark.parametrize("name", NAMES)
def test_a_wrong_alarm_would_be_found(name: str) -> None:
    """It would not fire in trouble, or it would without."""
    bad, moments = in_trouble(name), range(MINUTE, DAY, 10 * MINUTE)
    for mutation, change in MUTATIONS.items():
        if mutation == "statistic" and name in LONE:
            continue
        wrong = changed(alarms()[name], change)
        fires = state(wrong, bad, NOON) == "ALARM"
        fires_without_reason = any(state(wrong, without_trouble(), moment) == "ALARM" for moment in moments)
        assert not fires or fires_without_reason, mutation


def test_everybody_who_is_to_tell_may() -> None:
    """The topic's policy is the only one it has: without these statements CloudWatch would be refused."""
    (policy,) = resources("AWS::SNS::TopicPolicy", "pipeline")
    allowed = {s["Principal"]["Service"] for s in policy["PolicyDocument"]["Statement"] if s["Effect"] == "Allow"}
    assert allowed == {"cloudwatch.amazonaws.com", "budgets.amazonaws.com", "events.amazonaws.com"}
    topics = {action for alarm in alarms().values() for action in alarm["AlarmActions"]}
    assert topics == {"AWS::SNS::Topic/Failures"} == set(policy["Topics"])


def test_failed_job_triggers_the_rule_that_is_counted() -> None:
    """https://docs.aws.amazon.com/glue/latest/dg/automating-awsglue-with-cloudwatch-events.html"""
    (rule,) = resources("AWS::Events::Rule")
    pattern = rule["EventPattern"]
    assert (pattern["source"], pattern["detail-type"]) == (["aws.glue"], ["Glue Job State Change"])
    assert pattern["detail"] == {"jobName": ["AWS::Glue::Job/SilverJob"], "state": ["FAILED", "TIMEOUT", "STOPPED"]}
    (watched,) = alarms()["silver-failed"]["Dimensions"]
    assert watched == {"Name": "RuleName", "Value": rule["Name"]}
