import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from moto import mock_aws

from glue.lake import Lake, commit, objects, paths, planning, quarantine
from glue.operations.redrive import redrive
from tests.support.events import event, line
from tests.support.lakes import BUCKET, finish, make_lake, put_bronze

PASS = "20260105T090000000Z"
NOW = datetime(2026, 1, 6, 9, 30, tzinfo=UTC)


@pytest.fixture
def target() -> Iterator[Lake]:
    with mock_aws():
        target = make_lake()
        commit.commit(target, finish(target, PASS))
        for key in objects.keys(target.s3, BUCKET, paths.QUARANTINE):
            target.s3.delete_object(Bucket=BUCKET, Key=key)
        yield target


def put_rows(target: Lake, *lines: str, pass_id: str = PASS) -> str:
    key = f"{paths.quarantine_folder(pass_id)}part-0.json"
    rows = [{"line": text, "reason": "r", "bronze_object": "b", "pass_id": pass_id} for text in lines]
    body = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows).encode()
    target.s3.put_object(Bucket=BUCKET, Key=key, Body=body)
    return key


def new_objects(target: Lake) -> list[bytes]:
    keys = [key for key in planning.plan(target).objects if "redrive-" in key]
    assert all(key.startswith("bronze/change_events/dt=2026-01-06/hour=09/redrive-") for key in keys)
    return [objects.read(target.s3, BUCKET, key) for key in keys]


def rows(target: Lake, key: str) -> list[dict[str, Any]]:
    return [json.loads(text) for text in objects.read(target.s3, BUCKET, key).decode().split("\n") if text]


def one(**changes: Any) -> str:
    return line(event(**changes)).decode().rstrip("\n")


def test_lines_that_fit_now_are_new_objects_and_the_others_stay(target: Lake) -> None:
    impossible = one(occurred_at="2026-02-30T08:00:00.000Z")
    bad = ["a\u2028b", one(version=0), one(schema_version=9), impossible, "[]"]
    key = put_rows(target, one(), *bad, one(task=2))
    done = redrive(target, NOW)
    assert (done.rows, done.put) == (7, 2)
    assert new_objects(target) == [line(event(), event(task=2))]
    assert [row["line"] for row in rows(target, key)] == bad


def test_second_run_does_nothing_and_one_after_a_kill_makes_the_same_object(target: Lake) -> None:
    put_rows(target, one())
    assert redrive(target, NOW).put == 1
    assert redrive(target, NOW).rows == 0
    before = new_objects(target)
    put_rows(target, one())
    assert redrive(target, NOW).put == 1
    assert new_objects(target) == before == [line(event())]


def test_rows_of_a_pass_that_has_not_committed_are_left_alone(target: Lake) -> None:
    key = put_rows(target, one(), pass_id="20260105T100000000Z")
    assert redrive(target, NOW).rows == 0
    assert len(rows(target, key)) == 1


def test_object_goes_back_once_it_is_whole(target: Lake) -> None:
    whole = gzip.compress(line(event(), event(task=2)))
    key = put_bronze(target.s3, "cut.gz", body=whole[:-8])
    gone = "bronze/change_events/dt=2026-01-05/hour=08/expired.gz"
    quarantine.put_objects(target, PASS, {key: quarantine.REASON, gone: quarantine.REASON})
    assert (redrive(target, NOW).rows, redrive(target, NOW).put) == (2, 0)
    target.s3.put_object(Bucket=BUCKET, Key=key, Body=whole)
    assert redrive(target, NOW).put == 1
    assert new_objects(target) == [line(event(), event(task=2))]
    assert [row["bronze_object"] for row in rows(target, f"{paths.quarantine_folder(PASS)}objects.json")] == [gone]
