import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from moto import mock_aws

from cdc_lambda.change_event import ChangeEventMapper
from glue.lake import Lake, commit, objects, paths, versions
from glue.operations.backfill import ExportError, backfill
from tests.support.exports import NAME, put_export
from tests.support.lakes import BUCKET, finish, make_lake
from tests.support.records import KEY, TASK_ID, USER_KEY, modify, profile, task, text

NOW = datetime(2026, 1, 6, 9, 30, tzinfo=UTC)
MAPPER = ChangeEventMapper(KEY)


@pytest.fixture
def target() -> Iterator[Lake]:
    with mock_aws():
        yield make_lake()


def made(target: Lake) -> list[dict[str, Any]]:
    bodies = [objects.read(target.s3, BUCKET, key) for key in objects.keys(target.s3, BUCKET, paths.BRONZE)]
    return [json.loads(line) for body in bodies for line in gzip.decompress(body).splitlines()]


def hold(target: Lake, *event_ids: str) -> None:
    """A committed pass whose versions are these."""
    pass_id = "20260105T090000000Z"
    for event_id in event_ids:
        key = f"{paths.versions_folder(versions.shard_of(event_id), pass_id)}part-0.json.gz"
        row = json.dumps({"event_id": event_id, "dt": "2026-01-05"}).encode()
        target.s3.put_object(Bucket=BUCKET, Key=key, Body=gzip.compress(row))
    commit.commit(target, finish(target, pass_id))


def test_items_become_events_of_their_newest_version(target: Lake) -> None:
    folder = put_export(target.s3, [task(3), text(PK="INSIGHTS#x", SK="INSIGHT#mix", entity="insight")], [profile(1)])
    done = backfill(target, folder, MAPPER, NOW)
    assert (done.items, done.technical, done.held, done.made, done.poison) == (3, 1, 0, 2, [])
    of_task, of_user = made(target)
    assert (of_task["event_id"], of_task["event_name"], of_task["before"]) == (f"task:{TASK_ID}:3", "modify", None)
    assert (of_user["event_id"], of_user["event_name"]) == (f"user:{USER_KEY}:1", "insert")
    streamed = MAPPER.from_record(modify(task(2), task(3)))
    assert isinstance(streamed, dict)
    differing = {name for name, value in of_task.items() if value != streamed[name]}
    assert differing == {"sequence_number", "occurred_at", "before"}
    assert of_task["occurred_at"] == task()["updated_at"]["S"]


def test_what_silver_holds_is_not_made_again(target: Lake) -> None:
    hold(target, f"task:{TASK_ID}:3")
    folder = put_export(target.s3, [task(3), profile(1)])
    done = backfill(target, folder, MAPPER, NOW)
    assert (done.held, done.made) == (1, 1)
    assert [event["entity"] for event in made(target)] == ["user"]


def test_second_run_writes_the_same_object(target: Lake) -> None:
    folder = put_export(target.s3, [task(3)], [])
    backfill(target, folder, MAPPER, NOW)
    before = made(target)
    assert backfill(target, folder, MAPPER, NOW).made == 1
    assert made(target) == before
    assert objects.keys(target.s3, BUCKET, paths.BRONZE) == [
        f"bronze/change_events/dt=2026-01-06/hour=09/backfill-{NAME}-00000.ndjson.gz"
    ]


def test_deleted_task_is_a_remove_and_an_item_that_fits_no_contract_is_told(target: Lake) -> None:
    deleted = {**task(4), **text(deleted_at="2026-01-05T08:00:00.000Z")}
    poison = task(5, **text(status="done"))
    done = backfill(target, put_export(target.s3, [deleted, poison]), MAPPER, NOW)
    assert [event["event_name"] for event in made(target)] == ["remove"]
    assert len(done.poison) == 1
    assert "status" in done.poison[0]


@pytest.mark.parametrize(
    ("summary", "reason"),
    [
        ({"outputFormat": "ION"}, "it must be DYNAMODB_JSON"),
        ({"exportType": "INCREMENTAL_EXPORT"}, "it must be DYNAMODB_JSON FULL_EXPORT"),
        ({"itemCount": 7}, "lists other files"),
    ],
)
def test_export_of_another_kind_is_refused(target: Lake, summary: dict[str, Any], reason: str) -> None:
    folder = put_export(target.s3, [task(3)], **summary)
    with pytest.raises(ExportError, match=reason):
        backfill(target, folder, MAPPER, NOW)
    assert objects.keys(target.s3, BUCKET, paths.BRONZE) == []


def test_a_bucket_that_is_not_there_is_said(target: Lake) -> None:
    with pytest.raises(ExportError, match=r"no bucket elsewhere\.$"):
        backfill(target, f"s3://elsewhere/exports/AWSDynamoDB/{NAME}/", MAPPER, NOW)


def test_unfinished_export_and_damaged_file_are_refused(target: Lake) -> None:
    with pytest.raises(ExportError, match="no manifest-summary"):
        backfill(target, f"s3://{BUCKET}/exports/AWSDynamoDB/{NAME}/", MAPPER, NOW)
    folder = put_export(target.s3, [task(3)])
    key = f"{paths.key_of(folder)}data/sgosr0.json.gz"
    target.s3.put_object(Bucket=BUCKET, Key=key, Body=gzip.compress(b"{}"))
    with pytest.raises(ExportError, match="MD5 differs"):
        backfill(target, folder, MAPPER, NOW)
