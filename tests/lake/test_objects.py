"""Folder markers, the empty objects that EMRFS leaves beside folders, are in nobody's way."""

import json
from datetime import UTC, datetime

import pytest

from glue.lake import Lake, commit, objects, paths, planning
from glue.operations.redrive import redrive
from tests.support.events import event, line
from tests.support.lakes import BUCKET, finish, located, put_bronze

FIRST, SECOND = "20260105T090000000Z", "20260105T100000000Z"
MARKED = (
    "bronze/change_events/dt=2026-01-05",
    "bronze/change_events/dt=2026-01-05/hour=08",
    "silver/change_events/dt=2026-01-05",
    paths.silver_folder("2026-01-05", FIRST).rstrip("/"),
    "silver/commits/dt=2026-01-05",
    "silver/quarantine",
    paths.quarantine_folder(FIRST).rstrip("/"),
)


@pytest.fixture
def marked(target: Lake) -> Lake:
    for folder in MARKED:
        target.s3.put_object(Bucket=BUCKET, Key=f"{folder}_$folder$", Body=b"")
    return target


def test_listing_leaves_folder_markers_out(marked: Lake) -> None:
    key = put_bronze(marked.s3, "a")
    assert objects.keys(marked.s3, BUCKET, "bronze/") == [key]


def test_passes_commit_among_folder_markers(marked: Lake) -> None:
    key = put_bronze(marked.s3, "a")
    assert planning.plan(marked).objects == [key]
    commit.commit(marked, finish(marked, FIRST, "2026-01-05"))
    put_bronze(marked.s3, "b")
    commit.commit(marked, finish(marked, SECOND, "2026-01-05"))
    assert located(marked) == {"2026-01-05": paths.silver_folder("2026-01-05", SECOND)}


def test_redrive_among_folder_markers_finds_what_is_quarantined(marked: Lake) -> None:
    commit.commit(marked, finish(marked, FIRST))
    text = line(event()).decode().rstrip("\n")
    row = {"line": text, "reason": "r", "bronze_object": "b", "pass_id": FIRST}
    key = f"{paths.quarantine_folder(FIRST)}part-0.json"
    marked.s3.put_object(Bucket=BUCKET, Key=key, Body=f"{json.dumps(row)}\n".encode())
    done = redrive(marked, datetime(2026, 1, 6, 9, 30, tzinfo=UTC))
    assert (done.rows, done.put) == (1, 1)
