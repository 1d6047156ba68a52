"""A pass's own steps, with a function in place of Spark."""

import gzip
import json
from collections.abc import Iterator

import pytest
from moto import mock_aws

from glue.job.silver_pass import run_pass
from glue.job.spec import Job, SilverJobError, Summary
from glue.job.storage import S3Storage
from glue.lake import Lake, objects, paths
from glue.lake.manifest import newest_manifest
from tests.monitoring.emitters import put
from tests.support.lakes import BUCKET, make_lake, put_bronze

PASS = "20260105T090000000Z"


@pytest.fixture
def lake() -> Iterator[Lake]:
    with mock_aws():
        yield make_lake()


class Spark:
    """Finds one duplicate a job, and fails on objects whose name begins with "cut"."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []

    def __call__(self, job: Job) -> Summary:
        self.jobs.append(job)
        if any(uri.rpartition("/")[2].startswith("cut") for uri in job.bronze_objects):
            raise SilverJobError("unreadable")
        return Summary(1, 0, 1, 0, 0, 0, {}, {})


def test_nothing_to_do_runs_no_job(lake: Lake) -> None:
    spark = Spark()
    assert run_pass(lake, S3Storage(), spark, PASS) is None
    assert spark.jobs == []


def test_failed_job_runs_again_without_the_objects_that_no_reader_unpacks(lake: Lake) -> None:
    cut = put_bronze(lake.s3, "cut.gz", body=gzip.compress(b"{}\n")[:-8])
    whole = put_bronze(lake.s3, "whole.gz", body=gzip.compress(b"{}\n"))
    spark = Spark()
    done = run_pass(lake, S3Storage(), spark, PASS)
    assert done is not None
    assert (done.objects, done.lines, done.quarantined_objects) == (2, 1, 1)
    first, second = spark.jobs
    assert first.bronze_objects == [f"s3://{BUCKET}/{key}" for key in (cut, whole)]
    assert second.bronze_objects == [f"s3://{BUCKET}/{whole}"]
    assert first.output != second.output
    (noted,) = objects.keys(lake.s3, BUCKET, paths.quarantine_folder(PASS))
    assert json.loads(objects.read(lake.s3, BUCKET, noted))["bronze_object"] == cut
    manifest = newest_manifest(lake.s3, BUCKET)
    assert manifest is not None
    assert (manifest.pass_id, manifest.objects) == (PASS, [cut, whole])
    assert {point.series.name: point.value for point in put("us-east-1")}["ObjectsQuarantined"] == 1


def test_job_that_fails_on_whole_objects_is_not_repeated_and_commits_nothing(lake: Lake) -> None:
    put_bronze(lake.s3, "cut")
    spark = Spark()
    with pytest.raises(SilverJobError, match="unreadable"):
        run_pass(lake, S3Storage(), spark, PASS)
    assert len(spark.jobs) == 1
    assert objects.keys(lake.s3, BUCKET, "silver/") == []
