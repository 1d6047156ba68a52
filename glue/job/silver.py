"""The silver job's script, as AWS Glue starts it: a pass over the lake in --lake_bucket.

With --job it only runs the job in that file, whose pass the caller plans and commits. Either way the last line of its
output is a JSON document: the pass (null if there was nothing to do), or the job's summary.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import boto3

from glue.job import spark
from glue.job.silver_pass import SilverPass, run_pass
from glue.job.spec import Job, Summary
from glue.job.storage import S3Storage
from glue.lake import Lake, erasures, paths


def parse_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    """Ignores arguments that Glue itself adds."""
    parser = argparse.ArgumentParser(prog="silver", description=__doc__, allow_abbrev=False)
    parser.add_argument("--lake_bucket", help="plan and commit a pass in this bucket")
    parser.add_argument("--silver_database", default="todo_silver")
    parser.add_argument("--table_name", help="the table that lists the erasures")
    parser.add_argument("--pass_id", default=paths.pass_id_at(datetime.now(UTC)))
    parser.add_argument("--job", type=Path, help="a JSON file: run this job instead, and commit nothing")
    return parser.parse_known_args(arguments)[0]


def main(arguments: Sequence[str]) -> None:
    given = parse_arguments(arguments)
    done = run_job(given.job) if given.job else run_on_lake(given)
    sys.stdout.write(f"{json.dumps(asdict(done) if done else None)}\n")


def run_job(file: Path) -> Summary:
    return spark.run(spark.session(), Job(**json.loads(file.read_text())))


def run_on_lake(given: argparse.Namespace) -> SilverPass | None:
    lake = Lake(boto3.client("s3"), boto3.client("glue"), given.lake_bucket, given.silver_database)
    erased_users = erasures.erased_users(boto3.client("dynamodb"), given.table_name) if given.table_name else []
    return run_pass(lake, S3Storage(), partial(spark.run, spark.session()), given.pass_id, erased_users)


if __name__ == "__main__":
    main(sys.argv[1:])
