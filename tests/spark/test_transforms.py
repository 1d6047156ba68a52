import json
import random
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from glue.job import transforms
from glue.job.schemas import silver_schema
from tests.support.events import USER, event, line

# py4j leaves its sockets to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def parsed(spark: SparkSession, folder: Path, content: bytes, name: str = "a.ndjson") -> DataFrame:
    place = folder / "bronze" / "change_events" / "dt=2026-01-05" / "hour=08"
    place.mkdir(parents=True, exist_ok=True)
    (place / name).write_bytes(content)
    text = spark.read.text(str(place))
    return text.transform(transforms.with_bronze_object).transform(transforms.parse)


def silver(spark: SparkSession, folder: Path, *events: dict[str, Any]) -> DataFrame:
    return parsed(spark, folder, line(*events)).transform(transforms.valid)


def test_valid_event_is_typed_by_silvers_schema(spark: SparkSession, tmp_path: Path) -> None:
    rows = silver(spark, tmp_path, event(version=2, day="2026-03-29"))
    assert rows.columns == [*silver_schema().names, "dt"]
    assert [field.dataType for field in rows.drop("dt").schema] == [field.dataType for field in silver_schema()]
    (row,) = rows.collect()
    assert row.user_id == USER
    assert row.version == 2
    assert row.dt == date(2026, 3, 29)
    assert row.occurred_at.astimezone(UTC) == datetime(2026, 3, 29, 8, 0, 2, tzinfo=UTC)
    assert row.after.due_date == date(2026, 2, 28)
    assert row.after.category == "Büro"
    assert row.after.completed_at is None
    assert row.before.status == "pending"


def test_insert_has_no_image_before(spark: SparkSession, tmp_path: Path) -> None:
    (row,) = silver(spark, tmp_path, event()).collect()
    assert row.before is None


def changed(**changes: Any) -> bytes:
    return line({**event(), **changes})


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"not json\n", "not one JSON object"),
        (b"[]\n", "not one JSON object"),
        (line(event())[:-40] + b"\n", "not one JSON object"),
        (line(event())[:-1] + line(event(version=2)), "not one JSON object"),
        (line(event())[:-1] + b"garbage\n", "not one JSON object"),
        (line(event()).replace("ü".encode(), b"\xfc"), "not UTF-8"),
        (b"{}\n", "schema_version: missing, or not as the contract says"),
        (changed(schema_version=2), "schema_version: missing, or not as the contract says"),
        (changed(version="one"), "version: missing, or not as the contract says"),
        (changed(version=10**30), "version: missing, or not as the contract says"),
        (changed(version=0), "version: missing, or not as the contract says"),
        (changed(entity="insight"), "entity: missing, or not as the contract says"),
        (changed(occurred_at="2026-02-30T08:00:00.000Z"), "occurred_at: missing, or not as the contract says"),
        (changed(occurred_at="2026-01-05T08:00:00.000Z\n"), "occurred_at: missing, or not as the contract says"),
        (changed(changed_at="2026-01-05T25:00:00.000Z"), "changed_at: missing, or not as the contract says"),
        (changed(after=None), "after: missing, or not as the contract says"),
        (
            changed(before={"created_at": "2026-01-05T08:00:00.000Z"}),
            "before.updated_at: missing, or not as the contract says",
        ),
    ],
)
def test_line_that_is_no_event_goes_to_quarantine(
    spark: SparkSession, tmp_path: Path, content: bytes, reason: str
) -> None:
    lines = parsed(spark, tmp_path, content + line(event(task=2)))
    (row,) = lines.transform(transforms.quarantined, "pass-1").collect()
    assert row.reason == reason
    assert row.pass_id == "pass-1"
    assert row.bronze_object == "bronze/change_events/dt=2026-01-05/hour=08/a.ndjson"
    assert row.line.encode(errors="replace") == content.decode(errors="replace").rstrip("\n").encode()
    assert [row.event_id for row in lines.transform(transforms.valid).collect()] == [event(task=2)["event_id"]]


def test_empty_lines_are_no_lines(spark: SparkSession, tmp_path: Path) -> None:
    assert parsed(spark, tmp_path, b"\n  \n" + line(event()) + b"\n").count() == 1


def test_unknown_field_is_dropped(spark: SparkSession, tmp_path: Path) -> None:
    (row,) = silver(spark, tmp_path, event(email="ada@example.com")).collect()
    assert "ada@example.com" not in str(row)


def test_dedupe_keeps_one_row_whatever_the_order(spark: SparkSession, tmp_path: Path) -> None:
    other = event(correlation_id="later")
    events = [event(), other, event(version=2), event(), event(task=2), other]
    results = []
    for seed in range(3):
        random.Random(seed).shuffle(events)
        results.append(silver(spark, tmp_path / str(seed), *events).transform(transforms.dedupe).collect())
    assert results[0] == results[1] == results[2]
    assert len(results[0]) == 3


def ids(rows: DataFrame) -> list[tuple[int, str]]:
    return sorted((row.version, row.correlation_id or "") for row in rows.collect())


def test_of_two_rows_of_an_event_the_same_one_stays_whoever_comes_first(spark: SparkSession, tmp_path: Path) -> None:
    one = silver(spark, tmp_path / "one", event(correlation_id="a"), event(version=2))
    other = silver(spark, tmp_path / "other", event(correlation_id="b"), event(version=3))
    assert ids(transforms.winners(one, other)) == [(1, "a"), (2, "")]
    assert ids(transforms.winners(other, one)) == [(3, "")]
    assert ids(transforms.winners(one, one)) == []


def test_what_a_backfill_made_gives_way_to_the_streams_own(spark: SparkSession, tmp_path: Path) -> None:
    made = silver(spark, tmp_path / "made", event(sequence_number="0", correlation_id="a", day="2026-01-04"))
    own = silver(spark, tmp_path / "own", event(correlation_id="b"))
    assert ids(transforms.winners(made, own)) == []
    assert ids(transforms.winners(own, made)) == [(1, "b")]


def test_merge_takes_winners_for_losers_and_forgets_the_erased(spark: SparkSession, tmp_path: Path) -> None:
    other_user = "0" * 64
    old = silver(spark, tmp_path / "old", event(correlation_id="b"), event(version=2), event(2, user_key=other_user))
    new = silver(spark, tmp_path / "new", event(correlation_id="a"))
    lost = transforms.losers(old, new, [other_user])
    assert ids(lost) == [(1, ""), (1, "b")]
    assert ids(transforms.merge(new, old, lost)) == [(1, "a"), (2, "")]


def test_ledger_says_by_how_much_each_entity_grew_on_each_date(spark: SparkSession, tmp_path: Path) -> None:
    came = silver(spark, tmp_path / "new", event(), event(version=2), event(version=3), event(4, day="2026-01-06"))
    lost = silver(spark, tmp_path / "old", event(version=2), event(5))
    rows = transforms.ledger(came, lost).orderBy("event_dt", "entity_id").collect()
    assert [(str(row.event_dt), row.entity_id, row.events) for row in rows] == [
        ("2026-01-05", event()["entity_id"], 2),
        ("2026-01-05", event(5)["entity_id"], -1),
        ("2026-01-06", event(4)["entity_id"], 1),
    ]
    assert {(row.entity, row.user_id) for row in rows} == {("task", USER)}


def test_text_of_category_survives(spark: SparkSession, tmp_path: Path) -> None:
    category = json.loads(r'"}{ \"event_id\": \u2028 \\ \t , ]"')
    image = {**event()["after"], "category": category}
    (row,) = silver(spark, tmp_path, event(after=image)).collect()
    assert row.after.category == category
