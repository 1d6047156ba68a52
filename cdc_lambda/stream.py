"""Walks the shards of a table's stream."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient
    from mypy_boto3_dynamodbstreams.literals import ShardIteratorTypeType

# An open shard may return empty pages although more records follow.
EMPTY_PAGES: Final = 3


def shard_ids(streams: "DynamoDBStreamsClient", stream_arn: str) -> list[str]:
    """All shards of the stream, open and closed."""
    shards: list[str] = []
    page: dict[str, Any] = {}
    while True:
        stream = streams.describe_stream(StreamArn=stream_arn, **page)["StreamDescription"]
        shards += [shard["ShardId"] for shard in stream.get("Shards", [])]
        if "LastEvaluatedShardId" not in stream:
            return shards
        page = {"ExclusiveStartShardId": stream["LastEvaluatedShardId"]}


def records(
    streams: "DynamoDBStreamsClient",
    stream_arn: str,
    shard_id: str,
    start: "ShardIteratorTypeType",
    sequence_number: str | None = None,
) -> Iterator[Any]:
    """A shard's records from a position up to its current end.

    Raises ClientError, immediately if the shard or the position is no longer in the stream.
    """
    position: Any = {"SequenceNumber": sequence_number} if sequence_number else {}
    found = streams.get_shard_iterator(StreamArn=stream_arn, ShardId=shard_id, ShardIteratorType=start, **position)
    return _records_from(streams, found["ShardIterator"])


def _records_from(streams: "DynamoDBStreamsClient", iterator: str | None) -> Iterator[Any]:
    empty = 0
    while iterator and empty < EMPTY_PAGES:
        page = streams.get_records(ShardIterator=iterator)
        yield from page["Records"]
        empty = 0 if page["Records"] else empty + 1
        iterator = page.get("NextShardIterator")
