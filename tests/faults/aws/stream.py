"""The table's stream: shards of records in order, kept for 24 hours, and the API that reads them.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB_Streams.html
TTL's records: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.faults.aws.dynamodb import Commit
from tests.faults.aws.errors import ServiceError

ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/todo-app-data/stream/2026-01-01T00:00:00.000"
SHARDS = 4
KEPT_S = 24 * 3600
PAGE = 100
# Numbers have 21 to 40 digits; one that begins just below a power of ten grows by a digit.
FIRST_NUMBERS = (10**20 + 7, 10**22 - 40, 4421584500000000017450439091, 10**37 + 1, 10**38 - 90)

Record = dict[str, Any]


@dataclass
class Stream:
    """Every change of the table, by shard; all of an item's in one, since a shard has whole partitions."""

    clock: Callable[[], float]
    random: Random
    shards: list[list[Record]] = field(default_factory=lambda: [[] for _ in range(SHARDS)])
    numbers: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.numbers = [self.random.choice(FIRST_NUMBERS) for _ in range(SHARDS)]

    def append(self, commit: Commit) -> None:
        shard = shard_of(commit.key[0])
        self.numbers[shard] += self.random.randrange(1, 30)
        change: dict[str, Any] = {
            "ApproximateCreationDateTime": float(int(commit.at)),
            "Keys": {name: {"S": value} for name, value in zip(("PK", "SK"), commit.key, strict=True)},
            "SequenceNumber": str(self.numbers[shard]),
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        }
        change |= {"OldImage": commit.old} if commit.old else {}
        change |= {"NewImage": commit.new} if commit.new else {}
        record: Record = {
            "eventID": f"{commit.index:032x}",
            "eventName": _name(commit),
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": "us-east-1",
            "dynamodb": change,
        }
        if commit.principal:
            record["userIdentity"] = {"type": "Service", "principalId": commit.principal}
        self.shards[shard].append(record)

    def newest(self, pk: str) -> Record:
        """The last record of a partition's shard."""
        return self.shards[shard_of(pk)][-1]

    def handle(self, operation: str, request: dict[str, Any]) -> Any:
        """The answer to an operation of the streams API. Raises ServiceError."""
        match operation:
            case "DescribeStream":
                shards = [{"ShardId": shard_id(number)} for number in range(SHARDS)]
                return {"StreamDescription": {"StreamArn": ARN, "Shards": shards}}
            case "GetShardIterator":
                return {"ShardIterator": self._iterator(request)}
            case "GetRecords":
                return self._records(request["ShardIterator"])
        raise ServiceError("UnknownOperationException", operation)

    def _iterator(self, request: dict[str, Any]) -> str:
        number = int(request["ShardId"].split("-")[1])
        kind, wanted = request["ShardIteratorType"], int(request.get("SequenceNumber", 0))
        records = self.shards[number]
        place = next((i for i, record in enumerate(records) if number_of(record) >= wanted), len(records))
        if kind == "TRIM_HORIZON":
            place = next((i for i, record in enumerate(records) if not self.trimmed(record)), len(records))
        elif place < len(records) and self.trimmed(records[place]):
            raise ServiceError("TrimmedDataAccessException", "The requested records were trimmed")
        return f"{number}/{place + (kind == 'AFTER_SEQUENCE_NUMBER')}"

    def _records(self, iterator: str) -> Any:
        number, place = map(int, iterator.split("/"))
        found = self.shards[number][place : place + PAGE]
        return {"Records": list(map(_on_the_wire, found)), "NextShardIterator": f"{number}/{place + len(found)}"}

    def age(self, record: Record) -> float:
        at: float = record["dynamodb"]["ApproximateCreationDateTime"]
        return self.clock() - at

    def trimmed(self, record: Record) -> bool:
        return self.age(record) > KEPT_S


def shard_of(pk: str) -> int:
    return zlib.crc32(pk.encode()) % SHARDS


def shard_id(number: int) -> str:
    return f"shardId-{number:020d}-f55eea83"


def number_of(record: Record) -> int:
    return int(record["dynamodb"]["SequenceNumber"])


def _name(commit: Commit) -> str:
    if commit.new is None:
        return "REMOVE"
    return "MODIFY" if commit.old else "INSERT"


def _on_the_wire(record: Record) -> Record:
    """As the streams API answers: its own spelling of who deleted, whole seconds."""
    wired = {**record, "dynamodb": {**record["dynamodb"]}}
    identity = wired.pop("userIdentity", None)
    if identity:
        wired["userIdentity"] = {"Type": identity["type"], "PrincipalId": identity["principalId"]}
    return wired


def as_lambda_gives_it(record: Record) -> Record:
    """With the stream it comes from; binary is base64 text in an event, as the table holds it already."""
    return {**record, "eventSourceARN": ARN}
