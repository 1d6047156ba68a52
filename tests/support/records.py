"""Stream records as Lambda gets them."""

from typing import Any

SUB = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
TASK_ID = "019b8d2b-8c00-7c41-9d35-2f6f0c1f5a77"
KEY = b"a key that only tests have"
# printf %s "$SUB" | openssl dgst -sha256 -hmac "$KEY"
USER_KEY = "40b8debe22996917b3099b417d43748217827cb7c8e0ba6db0e0ab69e1e3a402"

Image = dict[str, dict[str, Any]]


def text(**attributes: str) -> Image:
    return {name: {"S": value} for name, value in attributes.items()}


def task(version: int = 1, **attributes: dict[str, Any]) -> Image:
    """A task's item with everything that must not leave the table."""
    return {
        **text(
            PK=f"USER#{SUB}",
            SK=f"TASK#{TASK_ID}",
            entity="task",
            title="Call the lawyer",
            description="about the divorce",
            status="pending",
            priority="high",
            category="private",
            due_date="2026-02-28",
            updated_at="2026-01-05T08:00:00.000Z",
            correlation_id="corr-1",
        ),
        "version": {"N": str(version)},
        "imported_rows": {"SS": ["row-1"]},
        **attributes,
    }


def profile(version: int = 1) -> Image:
    return {
        **text(
            PK=f"USER#{SUB}",
            SK="PROFILE",
            entity="user",
            email="ada@example.com",
            name="Ada Lovelace",
            time_zone="Europe/Rome",
            created_at="2026-01-05T08:00:00.000Z",
            updated_at="2026-01-05T08:00:00.000Z",
        ),
        "version": {"N": str(version)},
    }


def insert(new: Image, number: int = 1) -> dict[str, Any]:
    return _record("INSERT", {"NewImage": new}, number)


def modify(old: Image, new: Image, number: int = 1) -> dict[str, Any]:
    return _record("MODIFY", {"OldImage": old, "NewImage": new}, number)


def remove(old: Image, number: int = 1) -> dict[str, Any]:
    return _record("REMOVE", {"OldImage": old}, number)


def _record(name: str, images: dict[str, Image], number: int) -> dict[str, Any]:
    return {
        "eventID": f"id-{number}",
        "eventName": name,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": {
            "ApproximateCreationDateTime": 1767600001.0,
            "Keys": {},
            "SequenceNumber": str(number),
            "SizeBytes": 300,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
            **images,
        },
        "eventSourceARN": "arn:aws:dynamodb:us-east-1:123456789012:table/todo-app-data/stream/x",
    }


def failure(stream: str, shard: str, first: str, last: str) -> dict[str, Any]:
    """A message of an event source mapping's failure destination, as Lambda's guide shows it."""
    return {
        "requestContext": {
            "requestId": "316aa6d0-8154-xmpl-9af7-85d5f4a6bc81",
            "functionArn": "arn:aws:lambda:us-east-1:123456789012:function:cdc",
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": 11,
        },
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "version": "1.0",
        "timestamp": "2026-01-05T08:13:49.717Z",
        "DDBStreamBatchInfo": {
            "shardId": shard,
            "startSequenceNumber": first,
            "endSequenceNumber": last,
            "approximateArrivalOfFirstRecord": "2026-01-05T08:00:01Z",
            "approximateArrivalOfLastRecord": "2026-01-05T08:00:02Z",
            "batchSize": 2,
            "streamArn": stream,
        },
    }
