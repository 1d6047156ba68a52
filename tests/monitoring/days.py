"""A day of normal traffic as data points, nights without any included; and what each trouble adds to it."""

import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache

from glue.job.silver_pass import SilverPass
from tests.monitoring import aws, emitters
from tests.monitoring.aws import metric
from tests.monitoring.cloudwatch import Point
from tests.monitoring.emitters import at, normal

MINUTE, HOUR, DAY = 60, 3600, 86_400
NIGHT = range(6)
NOON = 12 * HOUR
# What a cold start takes, and the longest that a request may: an erasure.
COLD_MS, ERASURE_MS = 1_300, 21_000
LONELY = 9


@cache
def quiet() -> tuple[Point, ...]:
    """One day, the same each time. Of its requests some are refused, one fails, a few are slow."""
    rng = random.Random(17)
    return tuple(
        point for minute in range(DAY // MINUTE) for point in (*_requests(rng, minute), *_by_the_clock(minute))
    )


def _requests(rng: random.Random, minute: int) -> Iterator[Point]:
    """By day five a minute; by night nobody for minutes, then one who meets a cold start."""
    hour, now = minute // 60, minute * MINUTE + 30
    if hour in NIGHT:
        if minute % LONELY == 0:
            yield from _request(now, COLD_MS)
            yield from _events(now)
        return
    for _ in range(5):
        yield from _request(now + rng.uniform(-25, 25), rng.uniform(8, 60))
    yield from _events(now)
    if minute % 240 == 17:
        yield from _request(now, ERASURE_MS)
    yield from at(normal(emitters.requests), now)
    for _ in range(rng.randrange(6)):
        yield metric("4xx", aws.API).point(1, now)
    if (hour, minute % 60) == (15, 7):
        yield metric("5xx", aws.API).point(1, now)


def _request(now: float, takes_ms: float) -> Iterator[Point]:
    """What API Gateway and Lambda send for one write."""
    yield metric("Count", aws.API).point(1, now)
    for name in ("4xx", "5xx"):
        yield metric(name, aws.API).point(0, now)
    yield metric("Latency", aws.API).point(takes_ms, now)
    for function, duration in ((aws.API_FUNCTION, takes_ms), (aws.CDC_FUNCTION, 90)):
        yield metric("Errors", function).point(0, now)
        yield metric("Duration", function).point(duration, now)


def _events(now: float) -> Iterator[Point]:
    """What is sent on the way of the change events and of the log lines."""
    yield metric("IteratorAge", aws.CDC_FUNCTION).point(1_400, now)
    for stream in (aws.EVENT_STREAM, aws.LOG_STREAM):
        yield metric("DeliveryToS3.DataFreshness", stream).point(75, now)
        yield metric("DeliveryToS3.Success", stream).point(1, now)
    yield from at(normal(emitters.cdc), now)


def _by_the_clock(minute: int) -> Iterator[Point]:
    now = minute * MINUTE + 1
    if minute % 5 == 0:
        yield metric("ApproximateNumberOfMessagesVisible", aws.QUEUE).point(0, now)
    if minute % 15 == 0:
        # A pass ends at the ninth minute, with insights as of the hour's beginning.
        since = minute % 60 if minute % 60 >= 9 else minute % 60 + 60
        yield from at(_fresh(since), now)
    if minute % 60 == 9:
        yield metric("ExecutionsSucceeded", aws.MACHINE).point(1, now)
        for name in ("ExecutionsFailed", "ExecutionsTimedOut"):
            yield metric(name, aws.MACHINE).point(0, now)
        # An event that came late: the next pass has it.
        yield from at(_pass(missing_versions=int(minute == 16 * 60 + 9)), now)
        yield from at(normal(emitters.business), now)
    if minute == 2 * 60 + 25:
        yield from at(normal(emitters.reconciliation), now)
        for project in (aws.RECONCILIATION, aws.MAINTENANCE):
            yield metric("FailedBuilds", project).point(0, now)


@cache
def _fresh(minutes: int) -> tuple[Point, ...]:
    return tuple(emitters.freshness(timedelta(minutes=minutes)))


@cache
def _pass(missing_versions: int = 0) -> tuple[Point, ...]:
    return tuple(emitters.silver(SilverPass("p", lines=10, new_events=10, missing_versions=missing_versions)))


def each_minute(minutes: int, points: Callable[[float], list[Point]]) -> list[Point]:
    """The points of the minutes that end at noon."""
    return [point for back in range(minutes) for point in points(NOON - back * MINUTE - 10)]


def once(sent: aws.Sent, value: float = 1, times: int = 1) -> list[Point]:
    return [sent.point(value, NOON - 20 - n) for n in range(times)]


def slow(name: str, dimensions: dict[str, str], value: float, minutes: int = 6) -> list[Point]:
    """Most of the requests of some minutes, while a few are as fast as ever."""
    return each_minute(minutes, lambda now: [metric(name, dimensions).point(value, now) for _ in range(30)])


def trouble(name: str) -> list[Point]:
    """What comes on top of the quiet day, by noon, when the alarm of this name has a reason."""
    return TROUBLE[name]()


TROUBLE: dict[str, Callable[[], list[Point]]] = {
    "api-4xx": lambda: once(metric("4xx", aws.API), times=11),
    "api-5xx": lambda: once(metric("5xx", aws.API), times=2),
    "api-latency": lambda: slow("Latency", aws.API, 700),
    "api-errors": lambda: once(metric("Errors", aws.API_FUNCTION), times=6),
    "api-duration": lambda: slow("Duration", aws.API_FUNCTION, 5_500),
    "cdc-errors": lambda: once(metric("Errors", aws.CDC_FUNCTION), times=6),
    "cdc-duration": lambda: slow("Duration", aws.CDC_FUNCTION, 5_500),
    "cdc-poison": lambda: at(emitters.cdc(poison=True), NOON - 20),
    "cdc-failures": lambda: each_minute(16, lambda now: at(normal(_refused), now)),
    "cdc-behind": lambda: slow("IteratorAge", aws.CDC_FUNCTION, 901_000),
    "cdc-dead-letters": lambda: once(metric("ApproximateNumberOfMessagesVisible", aws.QUEUE)),
    "events-late": lambda: once(metric("DeliveryToS3.DataFreshness", aws.EVENT_STREAM), 901),
    "events-undelivered": lambda: once(metric("DeliveryToS3.Success", aws.EVENT_STREAM), 0),
    "logs-late": lambda: once(metric("DeliveryToS3.DataFreshness", aws.LOG_STREAM), 901),
    "logs-undelivered": lambda: once(metric("DeliveryToS3.Success", aws.LOG_STREAM), 0),
    "silver-failed": lambda: once(metric("TriggeredRules", aws.RULE)),
    "pipeline-failed": lambda: once(metric("ExecutionsFailed", aws.MACHINE)),
    "pipeline-timed-out": lambda: once(metric("ExecutionsTimedOut", aws.MACHINE)),
    "maintenance-failed": lambda: once(metric("FailedBuilds", aws.MAINTENANCE)),
    "reconcile-failed": lambda: once(metric("FailedBuilds", aws.RECONCILIATION)),
    "reconcile-differences": lambda: at(emitters.reconciliation(differences=1), NOON - 20),
    "quarantined-lines": lambda: at(emitters.silver(SilverPass("p", lines=3, quarantined=1)), NOON - 20),
    "quarantined-objects": lambda: at(emitters.silver(SilverPass("p", quarantined_objects=1)), NOON - 20),
    "missing-versions": lambda: [
        point for back in range(2) for point in at(_pass(missing_versions=1), NOON - 20 - back * HOUR)
    ],
    "insights-stale": lambda: each_minute(60, lambda now: at(normal(_stale), now)),
    "table-throttled": lambda: [
        *once(metric("WriteThrottleEvents", {**aws.TABLE, "GlobalSecondaryIndexName": "by_due_date"}), times=6),
        *once(metric("ReadThrottleEvents", aws.TABLE), times=5),
    ],
    "table-errors": lambda: once(metric("SystemErrors", {**aws.TABLE, "Operation": "TransactWriteItems"}), times=6),
}


def _refused() -> list[Point]:
    return emitters.cdc(refused=True)


def _stale() -> list[Point]:
    return emitters.freshness(timedelta(hours=3))
