import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from cdc_lambda.change_event import ChangeEventMapper
from cdc_lambda.firehose import FirehoseDelivery
from cdc_lambda.redrive import DeadLetters, Redriven
from tests.support.records import KEY, TASK_ID, USER_KEY, Image, failure, profile, task, text
from tests.unit.cdc_lambda.firehose_service import FirehoseService, Refuse, accept_all

TABLE = "todo-app-data"


@dataclass
class Service:
    """A table whose stream the mapping has given up on, and the queue that says so."""

    stream: str
    queue_url: str

    def __post_init__(self) -> None:
        self.table = boto3.client("dynamodb")
        self.streams = boto3.client("dynamodbstreams")
        self.sqs = boto3.client("sqs")
        shards = self.streams.describe_stream(StreamArn=self.stream)["StreamDescription"]["Shards"]
        self.shard = shards[0]["ShardId"]

    def write(self, *items: Image) -> list[str]:
        """Puts items; answers with their records' sequence numbers."""
        for item in items:
            image: Any = item
            self.table.put_item(TableName=TABLE, Item=image)
        iterator = self.streams.get_shard_iterator(
            StreamArn=self.stream, ShardId=self.shard, ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        records = self.streams.get_records(ShardIterator=iterator)["Records"]
        return [record["dynamodb"]["SequenceNumber"] for record in records]

    def give_up(self, first: str, last: str) -> None:
        body = failure(self.stream, self.shard, first, last)
        self.sqs.send_message(QueueUrl=self.queue_url, MessageBody=json.dumps(body))

    def waiting(self) -> int:
        names: Any = ["ApproximateNumberOfMessages"]
        found = self.sqs.get_queue_attributes(QueueUrl=self.queue_url, AttributeNames=names)["Attributes"]
        return int(found["ApproximateNumberOfMessages"])

    def redrive(self, refuse: Refuse = accept_all) -> tuple[Redriven, list[str]]:
        """What a run did, and the event_ids it delivered."""
        firehose = FirehoseService(refuse)
        delivery = FirehoseDelivery(firehose.client, "stream", sleep=lambda _: None)
        letters = DeadLetters(self.sqs, self.streams, self.queue_url, ChangeEventMapper(KEY), delivery)
        return letters.redrive(), [json.loads(line)["event_id"] for line in firehose.lines]


@pytest.fixture
def service() -> Iterator[Service]:
    with mock_aws():
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
        queue = boto3.client("sqs").create_queue(QueueName="undelivered")["QueueUrl"]
        yield Service(table["TableDescription"]["LatestStreamArn"], queue)


def test_batch_is_read_from_the_stream_again_and_its_message_goes(service: Service) -> None:
    numbers = service.write(task(1), task(2), text(PK="INSIGHTS#x", SK="INSIGHT#mix", entity="insight"), task(3))
    service.give_up(numbers[1], numbers[2])
    done, delivered = service.redrive()
    assert delivered == [f"task:{TASK_ID}:2"]
    assert (done.messages, done.delivered, done.filtered, done.kept) == (1, 1, 1, [])
    assert service.waiting() == 0
    assert service.redrive() == (Redriven(), [])


def test_poison_keeps_its_message_and_the_rest_of_the_batch_is_delivered(service: Service) -> None:
    numbers = service.write(task(1), task(2, **text(status="done")), profile())
    service.give_up(numbers[0], numbers[2])
    done, delivered = service.redrive()
    assert delivered == [f"task:{TASK_ID}:1", f"user:{USER_KEY}:1"]
    (kept,) = done.kept
    assert "has 1 records that make no event: after.status: enum" in kept
    assert service.waiting() == 1


def test_refused_records_keep_their_message(service: Service) -> None:
    numbers = service.write(task(1))
    service.give_up(numbers[0], numbers[0])
    done, delivered = service.redrive(lambda _call, _position, _data: "ServiceUnavailableException")
    assert (done.delivered, delivered) == (0, [])
    assert "has 1 records that Firehose refused" in done.kept[0]
    assert service.waiting() == 1
    assert service.redrive()[1] == [f"task:{TASK_ID}:1"]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("TrimmedDataAccessException", "is older than the stream's 24 hours"),
        ("ResourceNotFoundException", "belongs to a shard that the stream no longer has"),
    ],
)
def test_what_the_stream_no_longer_has_is_told_and_stays(service: Service, code: str, reason: str) -> None:
    numbers = service.write(task(1))
    service.give_up(numbers[0], numbers[0])

    def gone(**_: Any) -> None:
        raise ClientError({"Error": {"Code": code}}, "GetShardIterator")

    service.streams.meta.events.register("before-call.dynamodb-streams.GetShardIterator", gone)
    done, delivered = service.redrive()
    assert delivered == []
    assert done.kept == [f"{service.shard} {numbers[0]} {reason}"]
    assert service.waiting() == 1


def test_batch_that_the_stream_has_in_part_stays(service: Service) -> None:
    numbers = service.write(task(1), task(2))
    service.give_up(numbers[1], str(int(numbers[1]) + 1000))
    done, delivered = service.redrive()
    assert (delivered, len(done.kept)) == ([], 1)
    assert done.kept[0].endswith("is incomplete in the stream")
