"""An in-process lake: bucket, catalog, bronze objects and finished passes."""

import json
from datetime import datetime
from functools import cache
from typing import Any

import boto3
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends
from mypy_boto3_glue import GlueClient
from mypy_boto3_s3 import S3Client

from glue.job.schemas import CATALOG, PARTITION_KEYS
from glue.lake import Lake, commit, objects, paths, planning

BUCKET = "lake"
DATABASE = "todo_silver"
FOLDERS = {
    "change_events": "silver/change_events",
    "silver_commits": "silver/commits",
    "quarantine": "silver/quarantine",
    "api_requests": "bronze/logs",
}


@cache
def _clients() -> tuple[S3Client, GlueClient]:
    """Made once: making a client takes longer than most tests do."""
    return boto3.client("s3"), boto3.client("glue")


def make_lake() -> Lake:
    s3, glue = _clients()
    s3.create_bucket(Bucket=BUCKET)
    glue.create_database(DatabaseInput={"Name": DATABASE})
    for name, columns in CATALOG.items():
        storage: Any = {"Columns": columns, "Location": f"s3://{BUCKET}/{FOLDERS[name]}/"}
        keys: Any = PARTITION_KEYS
        glue.create_table(
            DatabaseName=DATABASE, TableInput={"Name": name, "StorageDescriptor": storage, "PartitionKeys": keys}
        )
    return Lake(s3, glue, BUCKET, DATABASE)


def put_bronze(s3: S3Client, name: str, day: str = "2026-01-05", hour: str = "08", body: bytes = b"x\n") -> str:
    key = f"bronze/change_events/dt={day}/hour={hour}/{name}"
    s3.put_object(Bucket=BUCKET, Key=key, Body=body)
    return key


def written_at(key: str, moment: datetime) -> None:
    """Sets when an object was written."""
    s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets[BUCKET].keys[key].last_modified = moment.replace(tzinfo=None)


def finish(target: Lake, pass_id: str, *dates: str) -> commit.Outcome:
    """What a pass leaves before its commit: its files, and what it did."""
    plan = planning.plan(target)
    for dt in dates:
        target.s3.put_object(Bucket=BUCKET, Key=f"{paths.silver_folder(dt, pass_id)}part-0.parquet", Body=b"rows")
    target.s3.put_object(Bucket=BUCKET, Key=f"{paths.quarantine_folder(pass_id)}part-0.json", Body=b"{}\n")
    rows = [{"event_dt": dt, "entity": "task", "entity_id": "t", "user_id": "u", "events": 1} for dt in dates]
    ledger = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    return commit.Outcome(pass_id, plan, list(dates), ledger, {"lines": 3, "new_events": len(dates), "quarantined": 1})


def located(target: Lake, table: str = "change_events") -> dict[str, str]:
    found = target.glue.get_partitions(DatabaseName=DATABASE, TableName=table)["Partitions"]
    return {part["Values"][0]: paths.key_of(part["StorageDescriptor"]["Location"]) for part in found}


def state(target: Lake) -> dict[str, Any]:
    """All that readers and later passes can see, without clocks."""
    seen = {key: objects.read(target.s3, BUCKET, key) for key in objects.keys(target.s3, BUCKET, "silver/")}
    for key in [key for key in seen if key.startswith(paths.COMMITS)]:
        rows = [json.loads(text) for text in seen[key].splitlines()]
        seen[key] = json.dumps([{name: row[name] for name in row if name != "committed_at"} for row in rows]).encode()
    return {"objects": seen, "partitions": {table: located(target, table) for table in FOLDERS}}


def tags(s3: S3Client, key: str) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in s3.get_object_tagging(Bucket=BUCKET, Key=key)["TagSet"]}
