"""Silver is a function of the set of events: order, repetition and the cut into objects and passes change nothing."""

import random
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from tests.spark.lab import Lab
from tests.support.events import event, line

# py4j leaves its sockets to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
DAYS = ("2025-12-31", "2026-01-01", "2026-01-31", "2026-02-01", "2026-02-03")


def history() -> list[dict[str, Any]]:
    """Tasks whose versions spread over midnight and months; of some events there are two, with other dates."""
    numbers = random.Random(1)
    events = [event(task, version, numbers.choice(DAYS)) for task in range(8) for version in range(1, 7)]
    again = numbers.sample(events, 12)
    made = [event(int(one["entity_id"][-12:]), one["version"], numbers.choice(DAYS)) for one in again]
    return events + [{**one, "sequence_number": "0", "before": None} for one in made]


def scattered(events: list[dict[str, Any]], seed: int) -> list[list[bytes]]:
    """The events shuffled, some of them twice, in four passes of some objects, with lines between that are none."""
    numbers = random.Random(seed)
    lines = [line(one) for one in [*events, *numbers.sample(events, 20)]] + [b"no event\n"] * 3
    numbers.shuffle(lines)
    passes: list[list[list[bytes]]] = [[[] for _ in range(numbers.randint(1, 3))] for _ in range(4)]
    for one in lines:
        numbers.choice(numbers.choice(passes)).append(one)
    return [[b"".join(content) for content in objects] for objects in passes]


@pytest.fixture(scope="module")
def expected(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Lab:
    lab = Lab(spark, tmp_path_factory.mktemp("expected"))
    lab.run(line(*history()))
    return lab


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_any_order_repetition_and_cut_gives_the_same_silver(
    spark: SparkSession, tmp_path: Path, expected: Lab, seed: int
) -> None:
    lab = Lab(spark, tmp_path)
    summaries = [lab.run(*objects) for objects in scattered(history(), seed)]
    assert lab.rows() == expected.rows()
    assert lab.known() == expected.known()
    assert sum(summary.new_events for summary in summaries) == len(expected.rows())
    assert sum(summary.lines for summary in summaries) == len(history()) + 23
    assert sum(summary.quarantined for summary in summaries) == 3


def test_no_event_is_under_two_dates_and_the_streams_own_stays(expected: Lab) -> None:
    rows = expected.rows()
    assert len({row.event_id for row in rows}) == len(rows) == 48
    assert {row.sequence_number == "0" for row in rows} == {False}
    assert expected.known() == sorted((row.event_id, str(row.dt)) for row in rows)
    assert set(expected.gaps.values()) == {None}


def test_event_that_moves_to_another_date_leaves_the_first_empty(spark: SparkSession, tmp_path: Path) -> None:
    lab = Lab(spark, tmp_path)
    lab.run(line(event(sequence_number="0", day="2026-01-01")))
    summary = lab.run(line(event(day="2025-12-31")))
    assert [str(row.dt) for row in lab.rows()] == ["2025-12-31"]
    assert summary.folders == {"2025-12-31": "winners/dt=2025-12-31", "2026-01-01": "merged/dt=2026-01-01"}
    assert (summary.new_events, summary.duplicates) == (0, 1)
    assert [(row["event_dt"], row["events"]) for row in lab.ledger()] == [("2025-12-31", 1), ("2026-01-01", -1)]
    assert lab.run(line(event(sequence_number="0", day="2026-01-01"))).folders == {}


def test_versions_that_never_came_are_counted_until_they_come(spark: SparkSession, tmp_path: Path) -> None:
    lab = Lab(spark, tmp_path)
    lab.run(line(event(1, 2), event(1, 5), event(2, 1)))
    entity = f"task:{event(1)['entity_id']}"
    assert lab.gaps == {"task-019ab": {"gapped_entities": 1, "missing_versions": 3, "examples": [entity]}}
    lab.run(line(event(1, 1), event(1, 3)))
    assert lab.gaps["task-019ab"]["missing_versions"] == 1
    lab.run(line(event(1, 4, "2026-03-01")))
    assert lab.gaps == {"task-019ab": None}


def test_erased_user_is_cleared_from_every_date_and_dropped_from_then_on(spark: SparkSession, tmp_path: Path) -> None:
    lab, gone = Lab(spark, tmp_path), "0" * 64
    theirs = [event(9, version, day, user_key=gone) for version, day in ((1, "2026-01-01"), (2, "2026-01-31"))]
    lab.run(line(*theirs, event(1, 1, "2026-01-31"), event(2, 1, "2026-02-01")))
    untouched = lab.silver["2026-02-01"]

    summary = lab.run(line(event(9, 3, user_key=gone)), erased=[gone], to_clear=[gone])
    assert (summary.erased, summary.suppressed, summary.new_events) == (2, 1, 0)
    assert set(summary.folders) == {"2026-01-01", "2026-01-31"}
    assert [(row["event_dt"], row["user_id"], row["events"]) for row in lab.ledger()] == [
        ("2026-01-01", gone, -1),
        ("2026-01-31", gone, -1),
    ]
    assert [str(row.dt) for row in lab.rows()] == ["2026-01-31", "2026-02-01"]
    assert theirs[0]["entity_id"] not in str(lab.known())
    assert lab.silver["2026-02-01"] == untouched

    late = lab.run(line(*theirs), erased=[gone])
    assert (late.suppressed, late.folders) == (2, {})
    nothing = lab.run(erased=[gone], to_clear=[gone])
    assert (nothing.lines, nothing.erased, nothing.folders, nothing.gaps) == (0, 0, {}, {})


def profile(user: str, version: int) -> dict[str, Any]:
    image = {name: event()["after"][name] for name in ("created_at", "updated_at")} | {"time_zone": "UTC"}
    return event(
        version=version, event_id=f"user:{user}:{version}", entity="user", user_key=user, entity_id=user, before=None,
        after=image,
    )  # fmt: skip


def test_shard_that_an_erasure_emptied_does_not_come_back(spark: SparkSession, tmp_path: Path) -> None:
    lab, gone, other = Lab(spark, tmp_path), "0" * 64, f"0{'1' * 63}"
    lab.run(line(profile(gone, 1)))
    cleared = lab.run(erased=[gone], to_clear=[gone])
    assert (cleared.erased, cleared.gaps) == (1, {"user-0": None})
    assert lab.known() == []
    assert [path for path in tmp_path.glob("2/output/versions/shard=user-0/part-*") if path.is_file()]
    lab.run(line(profile(other, 1)), erased=[gone])
    assert [event_id for event_id, _ in lab.known()] == [f"user:{other}:1"]


def test_users_are_counted_among_gaps_and_not_named(spark: SparkSession, tmp_path: Path) -> None:
    lab = Lab(spark, tmp_path)
    lab.run(line(profile("0" * 64, 2)))
    assert lab.gaps == {"user-0": {"gapped_entities": 1, "missing_versions": 1, "examples": []}}
