import gzip
import json
from collections.abc import Iterator

import pytest
from moto import mock_aws

from glue.job.silver_pass import SilverPass
from glue.lake import Lake, metrics, objects, paths
from infra.local.glue_job import run_silver
from tests.monitoring.emitters import put
from tests.support.events import event, line
from tests.support.lakes import BUCKET, located, make_lake, put_bronze, state

FIRST, SECOND, THIRD = "20260105T090000000Z", "20260105T100000000Z", "20260105T110000000Z"


@pytest.fixture
def target() -> Iterator[Lake]:
    with mock_aws():
        yield make_lake()


def test_pass_without_new_objects_reads_and_changes_nothing(target: Lake) -> None:
    done = run_silver(target, FIRST)
    assert done == SilverPass(FIRST, seconds=done.seconds)
    assert state(target)["objects"] == {}


def test_passes_from_bronze_to_catalog(target: Lake) -> None:
    put_bronze(target.s3, "a", body=line(event()))
    # Firehose's last line may lack its newline.
    bad = put_bronze(target.s3, "b", body=b'{"broken"')
    put_bronze(target.s3, "c", body=line(event(version=2), event(task=2, day="2026-01-04")))
    said: list[str] = []
    first = run_silver(target, FIRST, said.append)
    assert (first.objects, first.lines, first.new_events, first.quarantined) == (3, 4, 3, 1)
    measured = {point.series.name: point.value for point in put("us-east-1")}
    assert measured == {name: getattr(first, count) for name, count in metrics.SILVER.items()}
    assert measured["SilverLines"] == sum(
        measured[fate] for fate in ("SilverNewEvents", "SilverDuplicates", "SilverSuppressed", "LinesQuarantined")
    )
    assert first.dates == ("2026-01-04", "2026-01-05")
    assert said[0] == "reading 3 new objects"
    (quarantined,) = objects.keys(target.s3, BUCKET, paths.quarantine_folder(FIRST))
    assert json.loads(objects.read(target.s3, BUCKET, quarantined))["bronze_object"] == bad

    put_bronze(target.s3, "d", body=line(event(version=2), event(version=3)))
    second = run_silver(target, SECOND)
    assert (second.lines, second.new_events, second.duplicates, second.dates) == (2, 1, 1, ("2026-01-05",))
    assert located(target) == {
        "2026-01-04": paths.silver_folder("2026-01-04", FIRST),
        "2026-01-05": paths.silver_folder("2026-01-05", SECOND),
    }
    before = state(target)
    assert run_silver(target, THIRD).objects == 0
    assert state(target) == before


def test_lines_that_are_no_text_are_quarantined_and_the_rest_goes_on(target: Lake) -> None:
    put_bronze(target.s3, "a", body=gzip.compress(line(event(task=7)))[:-30])
    put_bronze(target.s3, "b", body=b"\xff\xfe" + line(event(task=8)) + b"\0\0\n" + '{"c":"a\u2028b\u0085'.encode())
    put_bronze(target.s3, "c", body=line(event()))
    done = run_silver(target, FIRST)
    assert done.new_events == 1
    assert done.lines == done.new_events + done.quarantined
    rows = [
        json.loads(text)
        for key in objects.keys(target.s3, BUCKET, paths.quarantine_folder(FIRST))
        for text in objects.read(target.s3, BUCKET, key).decode().split("\n")
        if text
    ]
    assert len(rows) == done.quarantined
    assert any("\u2028" in row["line"] for row in rows)


def test_an_object_that_is_no_whole_gzip_file_stops_nothing(target: Lake) -> None:
    cut = put_bronze(target.s3, "cut.gz", body=gzip.compress(line(event()))[:-8])
    put_bronze(target.s3, "whole.gz", body=gzip.compress(line(event(task=2))))
    done = run_silver(target, FIRST)
    assert (done.objects, done.new_events, done.quarantined_objects) == (2, 1, 1)
    (noted,) = objects.keys(target.s3, BUCKET, paths.quarantine_folder(FIRST))
    row = json.loads(objects.read(target.s3, BUCKET, noted))
    assert row == {"line": None, "reason": "no whole gzip file", "bronze_object": cut, "pass_id": FIRST}
    assert located(target, "quarantine") == {"2026-01-05": "silver/quarantine/dt=2026-01-05/"}
    assert run_silver(target, SECOND).objects == 0


def test_event_redelivered_under_another_date_and_a_gap_are_seen_across_passes(target: Lake) -> None:
    put_bronze(target.s3, "a", body=line(event(1, 1, "2025-12-31", sequence_number="0"), event(1, 3)))
    first = run_silver(target, FIRST)
    assert (first.gapped_entities, first.missing_versions) == (1, 1)
    put_bronze(target.s3, "b", body=line(event(1, 1, "2026-01-01")))
    second = run_silver(target, SECOND)
    assert (second.new_events, second.dates) == (0, ("2025-12-31", "2026-01-01"))
    assert second.missing_versions == 1
    put_bronze(target.s3, "c", body=line(event(1, 2)))
    assert run_silver(target, THIRD).missing_versions == 0
