import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from moto import mock_aws

from cdc_lambda.change_event import ChangeEventMapper
from glue.operations import wait_for_bronze
from tests.support.lakes import BUCKET
from tests.support.records import KEY, TASK_ID, Image, task, text

TABLE = "todo-app-data"


def never(_seconds: float) -> None:
    raise AssertionError("Nothing to wait for.")


@dataclass
class Service:
    """A table with a stream, a bucket, and the keys of the bronze objects that were read."""

    arn: str
    read: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.s3 = boto3.client("s3")
        self.s3.meta.events.register("provide-client-params.s3.GetObject", self._note)
        self.table = boto3.client("dynamodb")

    def _note(self, params: dict[str, Any], **_: Any) -> None:
        if params["Key"] != wait_for_bronze.POSITIONS:
            self.read.append(params["Key"].rpartition("/")[2])

    def write(self, item: Image) -> None:
        image: Any = item
        self.table.put_item(TableName=TABLE, Item=image)

    def arrive(self, name: str, *versions: int) -> None:
        lines = [json.dumps({"event_id": f"task:{TASK_ID}:{version}"}, separators=(",", ":")) for version in versions]
        body = "\n".join(lines).encode()
        key = f"bronze/change_events/dt={datetime.now(UTC):%Y-%m-%d/hour=%H}/{name}"
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=gzip.compress(body) if name.endswith(".gz") else body)

    def wait(self, sleep: Callable[[float], None] = never, timeout: float = 60.0) -> float:
        streams = boto3.client("dynamodbstreams")
        waiting = wait_for_bronze.BronzeWait(self.s3, streams, BUCKET, ChangeEventMapper(KEY), sleep)
        return waiting.wait(self.arn, timeout)


@pytest.fixture
def service() -> Iterator[Service]:
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        table = boto3.client("dynamodb").create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}],
            AttributeDefinitions=[
                {"AttributeName": "PK", "AttributeType": "S"},
                {"AttributeName": "SK", "AttributeType": "S"},
            ],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )
        yield Service(table["TableDescription"]["LatestStreamArn"])


def test_nothing_written_waits_for_nothing(service: Service) -> None:
    service.arrive("a")
    service.wait()
    assert service.read == []


@pytest.mark.parametrize("name", ["b", "b.gz"])
def test_newest_event_in_newest_object_reads_no_other(service: Service, name: str) -> None:
    service.write(task(1))
    service.write(task(2))
    service.arrive("a", 1)
    service.arrive(name, 2)
    service.wait()
    assert service.read == [name]


def test_second_call_reads_nothing_again(service: Service) -> None:
    service.write(task(1))
    service.arrive("a", 1)
    service.wait()
    service.wait()
    assert service.read == ["a"]


def test_event_that_arrives_later_is_waited_for_and_no_object_read_twice(service: Service) -> None:
    service.write(task(1))
    service.arrive("a", 7)
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            service.arrive("b", 1)

    service.wait(sleep)
    assert len(waits) == 3
    assert sorted(service.read) == ["a", "b"]


def test_event_that_never_arrives_is_named(service: Service) -> None:
    service.write(task(1))
    service.write(task(2))
    service.arrive("a", 1)
    with pytest.raises(wait_for_bronze.BronzeLagError, match=f"task:{TASK_ID}:2"):
        service.wait(timeout=0.0)
    service.arrive("b", 2)
    service.wait()


def test_records_that_make_no_event_are_passed_over(service: Service) -> None:
    service.write(task(1))
    service.write(text(PK="INSIGHTS#x", SK="INSIGHT#mix", entity="insight"))
    service.write(task(2, **text(status="done")))
    service.table.delete_item(TableName=TABLE, Key=text(PK="INSIGHTS#x", SK="INSIGHT#mix"))
    service.arrive("a", 1)
    service.wait()
    assert service.read == ["a"]


def test_bookmarks_of_another_stream_are_forgotten(service: Service) -> None:
    old = {"stream_arn": "arn:aws:dynamodb:us-east-1:1:table/old/stream/1", "shards": {"shardId-1": "5"}}
    service.s3.put_object(Bucket=BUCKET, Key=wait_for_bronze.POSITIONS, Body=json.dumps(old).encode())
    service.write(task(1))
    service.arrive("a", 1)
    service.wait()
    saved = json.loads(service.s3.get_object(Bucket=BUCKET, Key=wait_for_bronze.POSITIONS)["Body"].read())
    assert saved["stream_arn"] == service.arn
    assert "shardId-1" not in saved["shards"]
