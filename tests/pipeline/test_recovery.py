"""What never reached silver comes back: from the failure queue, from quarantine, from an export of the table."""

import gzip
import json
import os
from datetime import UTC, datetime
from typing import Any
from unittest import mock

import pytest

from glue.job.silver_pass import SilverPass
from glue.lake import Lake, erasures, objects, paths
from infra.local.glue_job import run_silver
from tests.support import exports
from tests.support.records import failure
from tests.support.running import ApiUser, RunningStack


@pytest.fixture(scope="module")
def target(stack: RunningStack) -> Lake:
    names = stack.environment
    return Lake(stack.client("s3"), stack.client("glue"), names["LAKE_BUCKET"], names["SILVER_DATABASE"])


@pytest.fixture(scope="module")
def user(stack: RunningStack) -> ApiUser:
    user = stack.user("recovery@example.com")
    for title in ("One", "Two", "Three"):
        user.call("POST", "/api/v1/tasks", 201, json={"title": title})
    stack.manage("runpipeline")
    return user


def silver(stack: RunningStack, target: Lake) -> SilverPass:
    erased_users = erasures.erased_users(stack.client("dynamodb"), stack.environment["TABLE_NAME"])
    account = {name: value for name, value in stack.environment.items() if name.startswith("AWS_")}
    # A pass puts its metrics by a client of its own.
    with mock.patch.dict(os.environ, account):
        return run_silver(target, paths.pass_id_at(datetime.now(UTC)), erased_users=erased_users)


def held(stack: RunningStack, target: Lake) -> int:
    """How many events silver shows to who queries it."""
    ((count,),) = stack.typed_rows(f"select count(*) from {target.database}.change_events")
    return int(count)


def records(stack: RunningStack) -> tuple[str, str, list[Any]]:
    """The table's stream: its ARN, its shard and what that holds."""
    streams = stack.client("dynamodbstreams")
    table = stack.client("dynamodb").describe_table(TableName=stack.environment["TABLE_NAME"])["Table"]
    arn = table["LatestStreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    return arn, shard, streams.get_records(ShardIterator=iterator["ShardIterator"])["Records"]


def test_undelivered_batch_is_delivered_from_the_stream_once_more(
    user: ApiUser, stack: RunningStack, target: Lake
) -> None:
    arn, shard, found = records(stack)
    numbers = [record["dynamodb"]["SequenceNumber"] for record in found]
    body = json.dumps(failure(arn, shard, numbers[0], numbers[-1]))
    queue = stack.environment["UNDELIVERED_QUEUE_URL"]
    stack.client("sqs").send_message(QueueUrl=queue, MessageBody=body)
    said = stack.manage("redrive", "--only", "undelivered")
    assert "Undelivered: 1 messages, " in said
    assert said.rstrip().endswith("0 messages remain.")
    again = silver(stack, target)
    assert again.new_events == 0
    assert f" {again.duplicates + again.suppressed} events delivered" in said
    assert again.duplicates >= 3
    assert "Undelivered: 0 messages" in stack.manage("redrive", "--only", "undelivered")


def test_broken_object_waits_in_quarantine_until_it_is_whole(user: ApiUser, stack: RunningStack, target: Lake) -> None:
    now = datetime.now(UTC)
    key = f"{paths.BRONZE}dt={now:%Y-%m-%d}/hour={now:%H}/cut.gz"
    whole = gzip.compress(b'{"no": "event"}\n')
    target.s3.put_object(Bucket=target.bucket, Key=key, Body=whole[:-8])
    assert silver(stack, target).quarantined_objects == 1
    assert "1 rows, 0 put back into bronze" in stack.manage("redrive", "--only", "quarantine")
    target.s3.put_object(Bucket=target.bucket, Key=key, Body=whole)
    assert "1 rows, 1 put back into bronze" in stack.manage("redrive", "--only", "quarantine")
    assert silver(stack, target).quarantined == 1


def test_backfill_of_what_silver_holds_makes_nothing(user: ApiUser, stack: RunningStack, target: Lake) -> None:
    pages = stack.client("dynamodb").get_paginator("scan").paginate(TableName=stack.environment["TABLE_NAME"])
    items = [item for page in pages for item in page["Items"]]
    folder = exports.put_export(target.s3, items, bucket=target.bucket)
    said = stack.manage("backfill", folder)
    flowing = sum(item["entity"]["S"] in {"task", "user"} for item in items)
    assert f"{len(items)} items: 0 events created, {flowing} already in silver" in said
    assert flowing >= 3


def test_erased_user_is_gone_after_the_pass(user: ApiUser, stack: RunningStack, target: Lake) -> None:
    before = held(stack, target)
    user.erase()
    done = silver(stack, target)
    assert done.erased == 3
    receipts = objects.keys(target.s3, target.bucket, erasures.RECEIPTS)
    assert json.loads(objects.read(target.s3, target.bucket, receipts[-1])) == {
        "pass_id": done.pass_id,
        "users": 1,
        "events": done.erased,
    }
    assert held(stack, target) == before - done.erased
    assert silver(stack, target).dates == ()
