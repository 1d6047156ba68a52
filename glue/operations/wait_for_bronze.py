"""Waits until every write that the API has confirmed is in bronze.

Looks in bronze's newest objects for the newest event of each shard of the table's stream.
"""

import json
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.exceptions import ClientError

from cdc_lambda import stream
from cdc_lambda.change_event import ChangeEventMapper, Event, Filtered, PoisonRecordError
from glue.lake.objects import plain, read
from glue.lake.paths import BRONZE, bronze_folder

if TYPE_CHECKING:
    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient
    from mypy_boto3_s3 import S3Client

POSITIONS: Final = "silver/stream_positions.json"
# The stream's clock shows whole seconds, and S3's and ours may differ from it.
CLOCK_SKEW: Final = timedelta(seconds=5)
FIRST_POLL_S: Final = 0.2
LONGEST_POLL_S: Final = 3.0


class BronzeLagError(Exception):
    """Some events written before the call are still not in bronze; the text names them."""


@dataclass
class Bookmarks:
    """How far each shard of a stream was read. shards: shard id -> sequence number."""

    stream_arn: str
    shards: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class BronzeWait:
    """Finds the events that must arrive, and waits for them. `sleep` is a parameter so that tests need not wait."""

    s3: "S3Client"
    streams: "DynamoDBStreamsClient"
    bucket: str
    mapper: ChangeEventMapper
    sleep: Callable[[float], None] = time.sleep

    def wait(self, stream_arn: str, timeout: float = 60.0) -> float:
        """Returns the seconds until all events written before the call were in bronze.

        Raises BronzeLagError when some are missing after `timeout` seconds.
        """
        started = time.monotonic()
        bookmarks = self._load(stream_arn)
        missing = self._newest_events(bookmarks, datetime.now(UTC))
        seen: set[str] = set()
        poll = FIRST_POLL_S
        while missing := self._still_missing(missing, seen):
            if time.monotonic() - started > timeout:
                raise BronzeLagError(f"Not in bronze after {timeout:.0f} s: {', '.join(sorted(missing))}.")
            self.sleep(random.uniform(poll / 2, poll))  # noqa: S311  # nosec B311 (jitter)
            poll = min(LONGEST_POLL_S, poll * 1.5)
        self.s3.put_object(Bucket=self.bucket, Key=POSITIONS, Body=json.dumps(asdict(bookmarks)).encode())
        return time.monotonic() - started

    def _load(self, stream_arn: str) -> Bookmarks:
        """The saved bookmarks, or none if the stream is another one, as after a new table or emulator."""
        try:
            saved = Bookmarks(**json.loads(read(self.s3, self.bucket, POSITIONS)))
        except self.s3.exceptions.NoSuchKey:
            return Bookmarks(stream_arn)
        return saved if saved.stream_arn == stream_arn else Bookmarks(stream_arn)

    def _newest_events(self, bookmarks: Bookmarks, until: datetime) -> dict[str, datetime]:
        """Per shard, the newest event after its bookmark, and when it occurred. Moves the bookmarks."""
        newest: dict[str, datetime] = {}
        positions = {
            shard: bookmarks.shards.get(shard) for shard in stream.shard_ids(self.streams, bookmarks.stream_arn)
        }
        for shard, position in positions.items():
            last = None
            for record in self._records(bookmarks.stream_arn, shard, position, until + CLOCK_SKEW):
                positions[shard] = record["dynamodb"]["SequenceNumber"]
                last = self._event(record) or last
            if last:
                newest[last["event_id"]] = datetime.fromisoformat(last["occurred_at"])
        bookmarks.shards = {shard: position for shard, position in positions.items() if position}
        return newest

    def _event(self, record: Any) -> Event | None:
        """The record's event, if it makes one. A poison record goes to the dead-letter queue, never to bronze."""
        try:
            event = self.mapper.from_record(record)
        except PoisonRecordError:
            return None
        return None if isinstance(event, Filtered) else event

    def _records(self, stream_arn: str, shard: str, after: str | None, until: datetime) -> Iterator[Any]:
        """A shard's records after a sequence number, up to a time or to the shard's current end."""
        for record in self._after(stream_arn, shard, after):
            if record["dynamodb"]["ApproximateCreationDateTime"] > until:
                return
            yield record

    def _after(self, stream_arn: str, shard: str, after: str | None) -> Iterator[Any]:
        if after:
            try:
                return stream.records(self.streams, stream_arn, shard, "AFTER_SEQUENCE_NUMBER", after)
            except ClientError as error:
                # The bookmark is older than the stream's 24 hours, or the emulator lost its stream when it stopped.
                if error.response["Error"]["Code"] != "TrimmedDataAccessException":
                    raise
        return stream.records(self.streams, stream_arn, shard, "TRIM_HORIZON")

    def _still_missing(self, wanted: dict[str, datetime], seen: set[str]) -> dict[str, datetime]:
        """The expected events that are in no object yet. Reads the newest objects first, and each only once."""
        missing = dict(wanted)
        for key in self._arrived_since(min(wanted.values())) if wanted else []:
            if not missing:
                break
            if key not in seen:
                seen.add(key)
                text = plain(key, read(self.s3, self.bucket, key))
                missing = {name: at for name, at in missing.items() if f'"{name}"'.encode() not in text}
        return missing

    def _arrived_since(self, moment: datetime) -> list[str]:
        """Keys of the bronze objects written since a moment, the newest first."""
        since = moment - CLOCK_SKEW
        pages = self.s3.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=BRONZE, StartAfter=bronze_folder(since)
        )
        found = [entry for page in pages for entry in page.get("Contents", []) if entry["LastModified"] >= since]
        found.sort(key=lambda entry: (entry["LastModified"], entry["Key"]), reverse=True)
        return [entry["Key"] for entry in found]


def wait_for_bronze(*, table: str, bucket: str, user_key_secret_id: str, timeout: float) -> None:
    """Returns once every write confirmed before the call is in bronze. Raises BronzeLagError."""
    key = boto3.client("secretsmanager").get_secret_value(SecretId=user_key_secret_id)["SecretString"]
    stream_arn = boto3.client("dynamodb").describe_table(TableName=table)["Table"]["LatestStreamArn"]
    wait = BronzeWait(
        s3=boto3.client("s3"),
        streams=boto3.client("dynamodbstreams"),
        bucket=bucket,
        mapper=ChangeEventMapper(key.encode()),
    )
    wait.wait(stream_arn, timeout)
