"""Whose events silver must not hold: the erasures that the API listed in the table."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from glue.lake import Lake

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PARTITION: Final = "ERASURES"
# The user_keys whose events are erased, as long as the table lists them. Never holds more than the table does.
CLEARED: Final = "silver/erasures/cleared.json"
RECEIPTS: Final = "silver/erasures/receipts/"


@dataclass(frozen=True)
class Erasures:
    """listed: user_keys whose events are dropped. new: those of them that silver may still hold."""

    listed: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)


def erased_users(client: "DynamoDBClient", table: str) -> list[str]:
    """The user_keys in the table's list of erasures, without expired ones that TTL has yet to remove."""
    pages = client.get_paginator("query").paginate(
        TableName=table,
        KeyConditionExpression="PK = :erasures",
        FilterExpression="expires_at > :now",
        ProjectionExpression="user_key",
        ExpressionAttributeValues={":erasures": {"S": PARTITION}, ":now": {"N": str(int(time.time()))}},
        ConsistentRead=True,
    )
    return sorted(item["user_key"]["S"] for page in pages for item in page["Items"])


def pending(lake: Lake, user_keys: Sequence[str]) -> Erasures:
    """Sorts out which of the listed users no committed pass has cleared yet."""
    cleared = _cleared(lake) if user_keys else set()
    return Erasures(list(user_keys), [key for key in user_keys if key not in cleared])


def drop_unlisted(lake: Lake, user_keys: Sequence[str]) -> None:
    """Forgets cleared users whose erasure is no longer listed, so that nothing names them any more."""
    cleared = _cleared(lake)
    if not cleared <= set(user_keys):
        _put(lake, CLEARED, sorted(cleared & set(user_keys)))


def note(lake: Lake, pass_id: str, erasures: Erasures, counts: dict[str, int]) -> None:
    """After the commit: who was cleared, and a receipt of counts alone. If it is lost, the next pass clears again."""
    if not erasures.new:
        return
    receipt = {"pass_id": pass_id, "users": len(erasures.new), "events": counts.get("erased", 0)}
    _put(lake, f"{RECEIPTS}{pass_id}.json", receipt)
    _put(lake, CLEARED, erasures.listed)


def _cleared(lake: Lake) -> set[str]:
    try:
        return set(json.loads(lake.s3.get_object(Bucket=lake.bucket, Key=CLEARED)["Body"].read()))
    except lake.s3.exceptions.NoSuchKey:
        return set()


def _put(lake: Lake, key: str, content: Any) -> None:
    lake.s3.put_object(Bucket=lake.bucket, Key=key, Body=json.dumps(content).encode())
