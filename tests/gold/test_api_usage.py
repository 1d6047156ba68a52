"""The API's use by day, route and status class, from log lines that come late and twice, against plain Python."""

import random
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.support.endpoint import Endpoint
from tests.support.gold_lake import GoldLake

COLUMNS = ("day", "route", "status_class", "n", "p50_ms", "p95_ms")
ROUTES = ("api/v1/tasks", "api/v1/tasks/<task_id>", "health", None)
FIRST = date(2026, 11, 8)
DAYS = 3
AS_OF = datetime(2026, 11, 20, tzinfo=UTC)
Line = dict[str, Any]
Usage = list[tuple[Any, ...]]


def lines_of(day: date, rng: random.Random) -> list[Line]:
    """A day's lines, among them members that the lake must not read."""
    return [
        {
            "time": f"{day}T{rng.randrange(24):02}:{rng.randrange(60):02}:59.{rng.randrange(1000):03}+00:00",
            "logger": "todo_api.access",
            "request_id": f"{rng.randrange(2**60):x}",
            "correlation_id": "somebody@example.com",
            "route": rng.choice(ROUTES),
            "status": rng.choice((200, 201, 204, 400, 404, 503)),
            "duration_ms": round(rng.expovariate(0.1), 1),
        }
        for _ in range(rng.randrange(1, 60))
    ]


def usage(lines: list[Line]) -> Usage:
    """The rows that these lines make, each counted once, whatever was delivered twice."""
    groups: dict[tuple[date, str, str], list[float]] = defaultdict(list)
    for line in {line["request_id"]: line for line in lines}.values():
        key = (date.fromisoformat(line["time"][:10]), line["route"] or "(none)", f"{line['status'] // 100}xx")
        groups[key].append(line["duration_ms"])
    rows = []
    for key, durations in groups.items():
        ascending = sorted(durations)
        ranks = [ascending[-(-percent * len(ascending) // 100) - 1] for percent in (50, 95)]
        rows.append((*key, len(ascending), *ranks))
    return sorted(rows, key=repr)


@pytest.fixture(scope="module")
def lake(endpoint: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> GoldLake:
    return GoldLake(endpoint, "usage", tmp_path_factory.mktemp("lake"))


def build(lake: GoldLake, *arguments: str) -> Usage:
    lake.build("--select", "+api_usage", *arguments, as_of=AS_OF)
    return lake.rows("gold_usage.api_usage", COLUMNS)


@pytest.mark.slow
def test_use_grows_by_late_and_repeated_deliveries(lake: GoldLake) -> None:
    """Each day's lines come in thirds: on the day, one day later, two days later; the first third comes twice."""
    rng = random.Random(5)
    days = [FIRST + timedelta(days=number) for number in range(DAYS)]
    lines = {day: lines_of(day, rng) for day in days}
    arrived: list[Line] = []
    assert build(lake) == []
    for today in (FIRST + timedelta(days=number) for number in range(DAYS + 2)):
        for delay in range(3):
            written = today - timedelta(days=delay)
            part = lines.get(written, [])[delay::3]
            lake.deliver(f"{today}", f"of-{written}", part)
            if delay == 0:
                lake.deliver(f"{today}", f"again-{written}", part)
            arrived += part
        if today != FIRST + timedelta(days=2):
            assert build(lake) == usage(arrived)
    assert build(lake) == usage(arrived)
    assert build(lake, "--full-refresh") == usage(arrived)


def test_no_member_but_the_allowed_reaches_gold(lake: GoldLake) -> None:
    lake.deliver("2026-11-09", "with-an-address", lines_of(date(2026, 11, 9), random.Random(6)))
    build(lake, "--full-refresh")
    assert lake.relations()["gold_usage.api_usage"] == list(COLUMNS)
    assert "example.com" not in repr(lake.rows("gold_usage.api_usage", COLUMNS))
