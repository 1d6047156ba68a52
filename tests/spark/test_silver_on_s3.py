"""The job's script as AWS Glue starts it: with the template's arguments, on s3:// URIs, committing by itself.

The laptop's way, staged and committed by the runner, must leave the very same lake. What of AWS is not here is told in
docs/explanation/architecture.md.
"""

import gzip
import json
import runpy
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

import boto3
import duckdb
import pytest
from moto import mock_aws
from pyspark.sql import SparkSession

from glue.job.spec import SilverJobError
from glue.lake import Lake, objects, paths
from glue.lake.erasures import PARTITION
from glue.lake.manifest import Manifest, newest_manifest
from infra.config import settings_of
from infra.deployment.cloudformation import synthesise
from infra.local.glue_job import run_silver
from infra.packaging import ROOT
from tests.spark.mirror import s3_of_spark
from tests.support.events import event, line
from tests.support.lakes import BUCKET, located, make_lake, put_bronze

# py4j leaves its sockets to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

LEAVER = "a" * 64
# https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html
GLUES_OWN = {"--JOB_NAME": "SilverJob", "--JOB_ID": "j_1", "--JOB_RUN_ID": "jr_1", "--TempDir": "s3://temporary/"}

Start = Callable[[], dict[str, Any] | None]
Contents = dict[str, list[str]]


@pytest.fixture(scope="module")
def arguments() -> dict[str, str]:
    """The job's default arguments in production's template, with what CloudFormation fills in."""
    template = synthesise("production") / f"{settings_of('production').stack_name('lake')}.template.json"
    resources = json.loads(template.read_text())["Resources"].values()
    [job] = [found["Properties"] for found in resources if found["Type"] == "AWS::Glue::Job"]
    given: dict[str, Any] = job["DefaultArguments"]
    assert {name for name, value in given.items() if isinstance(value, dict)} == {"--extra-py-files", "--lake_bucket"}
    return {**given, "--extra-py-files": "s3://assets/modules.zip", "--lake_bucket": BUCKET}


@pytest.fixture
def start(
    arguments: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Start:
    """Runs the script, alone in a folder, in this process; the summary that it prints."""
    script = shutil.copy(ROOT / "glue" / "job" / "silver.py", tmp_path / "silver.py")

    def run() -> dict[str, Any] | None:
        given = {**arguments, **GLUES_OWN}
        monkeypatch.setattr(sys, "argv", [str(script), *chain.from_iterable(given.items())])
        runpy.run_path(str(script), run_name="__main__")
        summary: dict[str, Any] | None = json.loads(capsys.readouterr().out.splitlines()[-1])
        return summary

    return run


def make_table(name: str) -> None:
    key: Any = [{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}]
    kinds: Any = [{"AttributeName": name, "AttributeType": "S"} for name in ("PK", "SK")]
    boto3.client("dynamodb").create_table(
        TableName=name, KeySchema=key, AttributeDefinitions=kinds, BillingMode="PAY_PER_REQUEST"
    )


def list_erasure(table: str) -> None:
    item = {"PK": PARTITION, "SK": LEAVER, "user_key": LEAVER}
    values: Any = {name: {"S": value} for name, value in item.items()}
    expires_at = {"N": str(int(time.time()) + 3600)}
    boto3.client("dynamodb").put_item(TableName=table, Item={**values, "expires_at": expires_at})


def put_first(target: Lake) -> None:
    """Two dates, somebody who will leave, a line that is none, an object that is cut short."""
    put_bronze(target.s3, "a", body=line(event(), event(task=2, user_key=LEAVER)) + b'{"broken"\n')
    put_bronze(target.s3, "b.gz", body=gzip.compress(line(event(version=2), event(task=3, day="2026-01-04"))))
    put_bronze(target.s3, "c.gz", body=gzip.compress(line(event(task=4)))[:-8])


def put_second(target: Lake) -> None:
    """A repeat, a version more than the next, and one of the leaver's, in flight."""
    put_bronze(target.s3, "d", body=line(event(version=2), event(version=4), event(task=5, user_key=LEAVER)))


def newest(target: Lake) -> Manifest:
    manifest = newest_manifest(target.s3, target.bucket)
    assert manifest is not None
    return manifest


def contents(target: Lake) -> Contents:
    """What silver's folders hold, whatever its files are called: rows in order; and where the partitions are."""
    rows: Contents = defaultdict(list)
    for key in objects.keys(target.s3, target.bucket, "silver/"):
        if not key.startswith(paths.WORK) and not Path(key).name.startswith("_"):
            rows[folder_of(key)] += rows_of(key, objects.read(target.s3, target.bucket, key))
    places = [json.dumps(located(target, table), sort_keys=True) for table in ("change_events", "silver_commits")]
    return {**{folder: sorted(found) for folder, found in rows.items()}, "partitions": places}


def folder_of(key: str) -> str:
    """The pass's own folder, where the key has one; the job numbers its attempts below that of the quarantine."""
    parts = key.split("/")
    return "/".join(parts[:4] if parts[1] == "quarantine" else parts[:-1])


def rows_of(key: str, body: bytes) -> list[str]:
    if key.endswith(".parquet"):
        with tempfile.NamedTemporaryFile(suffix=".parquet") as file:
            file.write(body)
            file.flush()
            return [str(row) for row in duckdb.read_parquet(file.name).fetchall()]
    texts = objects.plain(key, body).decode().splitlines()
    documents = [json.loads(text) for text in texts]
    return [
        json.dumps(
            {k: v for k, v in one.items() if k != "committed_at"} if isinstance(one, dict) else one, sort_keys=True
        )
        for one in documents
    ]


def test_script_plans_runs_and_commits_passes_as_the_laptops_runner_does(
    spark: SparkSession, start: Start, arguments: dict[str, str], tmp_path: Path
) -> None:
    with mock_aws():
        target = make_lake()
        make_table(arguments["--table_name"])
        put_first(target)
        with s3_of_spark(spark, tmp_path / "s3"):
            first = start()
            passes = [newest(target).pass_id]
            put_second(target)
            list_erasure(arguments["--table_name"])
            second = start()
            passes.append(newest(target).pass_id)
            assert start() is None
        on_s3 = contents(target)
    assert first is not None
    assert second is not None
    assert (first["lines"], first["new_events"], first["quarantined"]) == (5, 4, 1)
    assert (second["lines"], second["new_events"], second["suppressed"], second["erased"]) == (3, 1, 1, 1)
    with mock_aws():
        target = make_lake()
        put_first(target)
        run_silver(target, passes[0])
        put_second(target)
        run_silver(target, passes[1], erased_users=[LEAVER])
        assert on_s3 == contents(target)


def test_script_fails_and_commits_nothing_where_spark_does(
    spark: SparkSession, start: Start, arguments: dict[str, str], tmp_path: Path
) -> None:
    with mock_aws():
        target = make_lake()
        make_table(arguments["--table_name"])
        put_first(target)
        with s3_of_spark(spark, tmp_path / "s3"):
            work = tmp_path / "s3" / paths.WORK.rstrip("/")
            work.parent.mkdir()
            work.write_text("A file is where the folder should be made.")
            with pytest.raises(SilverJobError, match="silver/work"):
                start()
        assert newest_manifest(target.s3, target.bucket) is None
        assert located(target) == {}
