"""Delivers the batches that the event source mapping gave up on; its failure queue says where in the stream they are.

A message names a shard and the first and last sequence number of a batch, not the records, which stay in the stream
for 24 hours. A message is deleted once all its records are delivered or filtered; otherwise it stays in the queue.
"""

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from botocore.exceptions import ClientError

from cdc_lambda import stream
from cdc_lambda.change_event import ChangeEventMapper
from cdc_lambda.firehose import FirehoseDelivery
from cdc_lambda.handler import sort_out

if TYPE_CHECKING:
    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient
    from mypy_boto3_sqs import SQSClient

Message: TypeAlias = dict[str, Any]
# Longer than a run takes with one message, so that no other run receives it meanwhile.
HIDDEN_S: Final = 600
PAGE: Final = 10
LOST: Final = {
    "TrimmedDataAccessException": "is older than the stream's 24 hours",
    "ResourceNotFoundException": "belongs to a shard that the stream no longer has",
}


class KeptError(Exception):
    """A message must stay in the queue; the text says why."""


@dataclass
class Redriven:
    """messages = deleted ones + len(kept). kept: for each message that stays, its batch and the reason."""

    messages: int = 0
    delivered: int = 0
    filtered: int = 0
    kept: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class DeadLetters:
    """The failure queue of the stream's event source mapping, with what redriving its messages needs."""

    sqs: "SQSClient"
    streams: "DynamoDBStreamsClient"
    queue_url: str
    mapper: ChangeEventMapper
    delivery: FirehoseDelivery

    def redrive(self) -> Redriven:
        """Tries every message once. Safe to interrupt and repeat: an event delivered twice is in silver once."""
        done = Redriven()
        kept: list[Message] = []
        while messages := self._receive():
            for message in messages:
                done.messages += 1
                batch = json.loads(message["Body"])["DDBStreamBatchInfo"]
                try:
                    self._deliver(batch, done)
                except KeptError as error:
                    done.kept.append(f"{batch['shardId']} {batch['startSequenceNumber']} {error}")
                    kept.append(message)
                else:
                    self.sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])
        for message in kept:
            self.sqs.change_message_visibility(
                QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
            )
        return done

    def _receive(self) -> list[Message]:
        response = self.sqs.receive_message(
            QueueUrl=self.queue_url, MaxNumberOfMessages=PAGE, VisibilityTimeout=HIDDEN_S, WaitTimeSeconds=1
        )
        return [dict(message) for message in response.get("Messages", [])]

    def _deliver(self, batch: dict[str, Any], done: Redriven) -> None:
        sorted_out = sort_out(self._records(batch), self.mapper)
        outcome = self.delivery.deliver(sorted_out.lines)
        done.delivered += len(sorted_out.lines) - len(outcome.undelivered)
        done.filtered += sorted_out.filtered.total()
        if sorted_out.poison:
            raise KeptError(f"has {len(sorted_out.poison)} records that make no event: {_reasons(sorted_out.poison)}")
        if outcome.undelivered:
            raise KeptError(f"has {len(outcome.undelivered)} records that Firehose refused")

    def _records(self, batch: dict[str, Any]) -> list[Any]:
        """The batch's records, from first to last. Raises KeptError if the stream doesn't have all of them."""
        first, last = (int(batch[f"{end}SequenceNumber"]) for end in ("start", "end"))
        records = []
        try:
            for record in stream.records(
                self.streams, batch["streamArn"], batch["shardId"], "AT_SEQUENCE_NUMBER", batch["startSequenceNumber"]
            ):
                number = int(record["dynamodb"]["SequenceNumber"])
                if number > last:
                    break
                records.append(record)
                if number == last:
                    break
        except ClientError as error:
            reason = LOST.get(error.response["Error"]["Code"])
            if reason is None:
                raise
            raise KeptError(reason) from error
        numbers = {int(record["dynamodb"]["SequenceNumber"]) for record in records}
        if not {first, last} <= numbers:
            raise KeptError("is incomplete in the stream")
        return records


def _reasons(poison: dict[str, str]) -> str:
    return "; ".join(sorted(set(poison.values())))
