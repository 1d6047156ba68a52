import gzip
import json
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from glue.job.silver import parse_arguments
from glue.job.spark import run
from glue.job.spec import Job
from tests.spark.lab import Lab
from tests.support.events import event, line

# py4j leaves its sockets to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture
def lab(spark: SparkSession, tmp_path: Path) -> Lab:
    return Lab(spark, tmp_path)


def test_first_pass_partitions_by_date(lab: Lab) -> None:
    summary = lab.run(line(event(), event(version=2, day="2026-01-06")), line(event(), event(task=2)))
    assert (summary.lines, summary.new_events, summary.duplicates, summary.quarantined) == (4, 3, 1, 0)
    assert summary.folders == {"2026-01-05": "fresh/dt=2026-01-05", "2026-01-06": "fresh/dt=2026-01-06"}
    assert [(str(row.dt), row.version) for row in lab.rows()] == [
        ("2026-01-05", 1),
        ("2026-01-05", 1),
        ("2026-01-06", 2),
    ]


def test_late_event_rewrites_only_its_date(lab: Lab) -> None:
    lab.run(line(event(), event(task=2, day="2026-01-06")))
    untouched = lab.silver["2026-01-06"]
    summary = lab.run(line(event(version=2)))
    assert summary.folders == {"2026-01-05": "merged/dt=2026-01-05"}
    assert lab.silver["2026-01-06"] == untouched
    assert len(lab.rows()) == 3
    assert [(row["entity_id"], row["events"]) for row in lab.ledger()] == [(event()["entity_id"], 1)]


def test_replay_changes_nothing(lab: Lab) -> None:
    content = line(event(), event(version=2), event(task=2, day="2026-01-06"))
    lab.run(content)
    before = dict(lab.silver)
    summary = lab.run(content, content)
    assert (summary.new_events, summary.duplicates, summary.folders) == (0, 6, {})
    assert lab.silver == before
    assert lab.ledger() == []


def test_split_of_input_makes_no_difference(lab: Lab, spark: SparkSession, tmp_path: Path) -> None:
    events = [event(task, version, day) for task in (1, 2) for version, day in ((1, "2026-01-05"), (2, "2026-01-06"))]
    lab.run(line(*events))
    piecemeal = Lab(spark, tmp_path / "other")
    for one in reversed(events):
        piecemeal.run(line(one), line(one))
    assert piecemeal.rows() == lab.rows()


def test_pass_of_nothing_but_bad_lines_is_counted(lab: Lab) -> None:
    summary = lab.run(b"one\ntwo\n", b"three\n")
    assert (summary.lines, summary.new_events, summary.quarantined, summary.folders) == (3, 0, 3, {})
    rows = [
        json.loads(text)
        for part in (lab.folder / "1" / "quarantine").glob("part-*")
        for text in part.read_text().splitlines()
    ]
    assert sorted(row["line"] for row in rows) == ["one", "three", "two"]
    assert {row["pass_id"] for row in rows} == {"pass-1"}


def test_compressed_object_is_read(lab: Lab, tmp_path: Path) -> None:
    path = tmp_path / "bronze" / "change_events" / "a.gz"
    path.parent.mkdir(parents=True)
    path.write_bytes(gzip.compress(line(event(), event(version=2))))
    output = (tmp_path / "output").as_uri()
    summary = run(lab.spark, Job([path.as_uri()], {}, output, f"{output}/quarantine", "pass"))
    assert (summary.lines, summary.new_events) == (2, 2)


def test_arguments_of_glue_itself_are_ignored() -> None:
    given = parse_arguments(
        [
            "--JOB_NAME",
            "silver",
            "--enable-metrics",
            "true",
            "--lake_bucket",
            "lake",
            "--TempDir",
            "s3://x/",
            "--pass",
            "no",
        ]
    )
    assert given.lake_bucket == "lake"
    assert given.pass_id.endswith("Z")


def test_dates_of_any_year_are_kept(lab: Lab) -> None:
    days = ["0001-01-01", "1582-10-10", "9999-12-31"]
    events = [event(task=n, after={**event()["after"], "due_date": day}) for n, day in enumerate(days)]
    lab.run(line(*events))
    assert sorted(str(row.after.due_date) for row in lab.rows()) == days
