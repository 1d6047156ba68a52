"""The queries that publishing sends, on the Athena endpoint: who is due, and which rows are published."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tasks.insights import relations
from tasks.insights.athena import AthenaGold
from tasks.insights.registry import MAX_ENTRIES, ORGANIZATION
from tasks.models import Publication
from tasks.models.publication import BEFORE_ALL
from tests.support.endpoint import BUCKET, JSON_SERDE, PARQUET_SERDE, Endpoint
from tests.support.parquet import parquet

AS_OF = "2026-11-22T12:00:00.000Z"
YESTERDAY = "2026-11-21T12:00:00.000Z"
TODAY = date(2026, 11, 22)
OLD_PASS, NEW_PASS = "20261121T110000000Z", "20261122T110000000Z"
ZONES = {
    "*": "UTC",
    "idle": "UTC",
    "events": "UTC",
    "open": "UTC",
    "west": "Pacific/Niue",
    "streak": "UTC",
    "over": "UTC",
}
LAST_COMPLETED = {"idle": "2026-11-01", "streak": "2026-11-20", "over": "2026-11-19", "west": "2026-11-20"}


def values(rows: list[tuple[Any, ...]], columns: Mapping[str, str]) -> str:
    """A select of literal rows with typed columns."""
    named = ", ".join(f"cast({name} as {kind}) as {name}" for name, kind in columns.items())
    literals = ", ".join(repr(row).replace("None", "null") for row in rows)
    return f"select {named} from (values {literals}) as t({', '.join(columns)})"


@pytest.fixture(scope="module")
def gold(endpoint: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AthenaGold]:
    """A lake of the few relations that are asked, with owners who differ in what makes them due."""

    def table(name: str, columns: dict[str, str], rows: list[tuple[Any, ...]]) -> None:
        database, _, plain = name.partition(".")
        endpoint.put(f"{plain}/rows.parquet", parquet(Path(tmp_path_factory.mktemp(plain)), values(rows, columns)))
        kinds = {"varchar": "string"}
        _create(endpoint, database, plain, {column: kinds.get(kind, kind) for column, kind in columns.items()})

    for database in ("todo_silver", "todo_staging", "todo_analytics"):
        endpoint.glue.create_database(DatabaseInput={"Name": database})
    configuration: Any = {"ResultConfiguration": {"OutputLocation": f"s3://{BUCKET}/gold-results/"}}
    endpoint.athena.create_work_group(Name=settings.ATHENA_WORKGROUP, Configuration=configuration)
    table(
        relations.CALENDARS,
        {"user_id": "varchar", "time_zone": "varchar", "today": "date"},
        [(user, zone, TODAY.isoformat()) for user, zone in ZONES.items()],
    )
    table(relations.COMPLETIONS, {"user_id": "varchar", "completed_day": "date"}, list(LAST_COMPLETED.items()))
    table(relations.AGEING, {"user_id": "varchar", "task_id": "varchar"}, [("open", f"{n:05}") for n in range(1002)])
    weeks: list[tuple[Any, ...]] = [("open", f"{2000 + n // 50}-W{n % 50 + 1:02}", n) for n in range(270)]
    table("todo_analytics.insight_throughput", {"user_id": "varchar", "week": "varchar", "completed": "bigint"}, weeks)
    table("todo_analytics.insight_audience", {"day": "date", "daily": "bigint"}, [("2026-11-22", 3), ("2026-11-21", 2)])
    columns = {"user_id": "varchar", "task_id": "varchar", "completed_at": "timestamp", "cycle_time_s": "bigint"}
    table("todo_analytics.insight_completions", columns, list(completions()))
    _ledger(endpoint)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"ATHENA": endpoint.url, "GLUE": endpoint.url, "S3": endpoint.emulator}.items():
            patch.setenv(f"AWS_ENDPOINT_URL_{name}", value)
        yield AthenaGold()


def completions() -> Iterator[tuple[Any, ...]]:
    """1,002 of `open`, two in each minute, the first of these never started."""
    for n in range(1002):
        minute = datetime(2026, 11, 21, tzinfo=UTC) + timedelta(minutes=n // 2, milliseconds=7)
        yield "open", f"{n:05}", str(minute.replace(tzinfo=None)), n if n % 2 else None


def _create(endpoint: Endpoint, database: str, name: str, columns: dict[str, str], **more: Any) -> None:
    serde = more.pop("serde", PARQUET_SERDE)
    storage: Any = {
        "Columns": [{"Name": column, "Type": kind} for column, kind in columns.items()],
        "Location": f"s3://{BUCKET}/{name}",
        "SerdeInfo": {"SerializationLibrary": serde},
    }
    made: Any = {"Name": name, "TableType": "EXTERNAL_TABLE", "Parameters": {}, "StorageDescriptor": storage, **more}
    endpoint.glue.create_table(DatabaseName=database, TableInput=made)


def _ledger(endpoint: Endpoint) -> None:
    columns = {"pass_id": "string", "user_id": "string"}
    keys = [{"Name": "dt", "Type": "date"}]
    _create(endpoint, "todo_silver", "silver_commits", columns, serde=JSON_SERDE, PartitionKeys=keys)
    for day, pass_id, user in (("2026-11-21", OLD_PASS, "idle"), ("2026-11-22", NEW_PASS, "events")):
        endpoint.put(f"ledger/{day}/1.json", f'{{"pass_id": "{pass_id}", "user_id": "{user}"}}\n'.encode())
        location: Any = {"Location": f"s3://{BUCKET}/ledger/{day}", "SerdeInfo": {"SerializationLibrary": JSON_SERDE}}
        partition: Any = {"Values": [day], "StorageDescriptor": location}
        endpoint.glue.create_partition(DatabaseName="todo_silver", TableName="silver_commits", PartitionInput=partition)


def last(as_of: str, pass_id: str = OLD_PASS) -> Publication:
    return Publication("p", "l", as_of=as_of, pass_id=pass_id, form="f", started_at=datetime.now(UTC))


def test_everybody_is_due_at_first(gold: AthenaGold) -> None:
    assert gold.due(None) == dict.fromkeys(ZONES, TODAY)


def test_on_the_same_day_only_events_count(gold: AthenaGold) -> None:
    assert set(gold.due(last(AS_OF))) == {"*", "events"}
    assert set(gold.due(last(AS_OF, NEW_PASS))) == {"*"}
    assert set(gold.due(last(AS_OF, BEFORE_ALL))) == {"*", "events", "idle"}


def test_on_another_day_so_do_open_tasks_and_a_streak_that_was_live(gold: AthenaGold) -> None:
    assert set(gold.due(last(YESTERDAY))) == {"*", "events", "open", "streak", "west"}


def test_days_are_the_users_own(gold: AthenaGold) -> None:
    """At 05:00 it is today in UTC already, and yesterday's evening in Niue."""
    assert set(gold.due(last("2026-11-22T05:00:00.000Z", NEW_PASS))) == {"*", "west"}


def test_newest_pass_is_the_ledgers_or_the_last_published(gold: AthenaGold) -> None:
    assert gold.last_pass(None) == gold.last_pass(last(AS_OF)) == NEW_PASS
    assert gold.last_pass(last(AS_OF, "20261123T000000000Z")) == "20261123T000000000Z"


def test_newest_entries_come_with_the_number_of_all(gold: AthenaGold) -> None:
    found = gold.found(ORGANIZATION["ageing"], ["open", "idle"])
    assert set(found) == {"open"}
    assert [row["task_id"] for row in found["open"].rows] == [f"{n:05}" for n in range(1001, 1, -1)][:MAX_ENTRIES]
    assert found["open"].total == 1002


def test_latest_completions_come_first_those_of_a_moment_by_id(gold: AthenaGold) -> None:
    found = gold.found(ORGANIZATION["completions"], ["open"])["open"]
    assert [row["task_id"] for row in found.rows] == [f"{n:05}" for n in range(1001, 1, -1)]
    assert found.rows[:2] == [
        {"task_id": "01001", "completed_at": "2026-11-21T08:20:00.007Z", "cycle_time_s": 1001},
        {"task_id": "01000", "completed_at": "2026-11-21T08:20:00.007Z", "cycle_time_s": None},
    ]
    assert found.total == 1002


def test_one_week_more_than_is_published_comes(gold: AthenaGold) -> None:
    rows = gold.found(ORGANIZATION["throughput"], ["open"])["open"].rows
    assert (len(rows), rows[0]) == (261, {"week": "2005-W20", "completed": 269})


def test_relation_without_users_is_the_organizations(gold: AthenaGold) -> None:
    assert gold.found(ORGANIZATION["audience"], ["*"])["*"].rows == [
        {"day": "2026-11-22", "daily": 3},
        {"day": "2026-11-21", "daily": 2},
    ]
    assert gold.found(ORGANIZATION["audience"], ["open"]) == {}
