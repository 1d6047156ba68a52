"""A Firehose stream into S3: limits, partial refusals, buffers, objects by hour of arrival, at least once.

Limits and refusals: https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html
Delivery: https://docs.aws.amazon.com/firehose/latest/dev/basic-deliver.html
"""

import base64
import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.faults.aws.errors import ServiceError
from tests.faults.aws.s3 import Bucket

MAX_RECORDS = 500
MAX_RECORD_BYTES = 1000 * 1024
MAX_CALL_BYTES = 4 * 1024 * 1024
REFUSED = "ServiceUnavailableException"

# Whether a record, by its place in the call, is refused.
Refusal = Callable[[int], bool]


@dataclass(frozen=True, slots=True)
class Arrived:
    data: bytes
    at: float


@dataclass
class DeliveryStream:
    """`waiting` is taken, and not in S3 yet. accepted: how often each line was taken, whatever became of it."""

    bucket: Bucket
    clock: Callable[[], float]
    waiting: list[Arrived] = field(default_factory=list)
    accepted: list[bytes] = field(default_factory=list)
    objects: int = 0

    def put(self, request: dict[str, Any], refused: Refusal) -> Any:
        """PutRecordBatch. Raises ServiceError for what breaks a limit; then nothing is taken."""
        records = [base64.b64decode(record["Data"]) for record in request["Records"]]
        if not 1 <= len(records) <= MAX_RECORDS:
            raise ServiceError("InvalidArgumentException", f"{len(records)} records")
        if max(map(len, records)) > MAX_RECORD_BYTES or sum(map(len, records)) > MAX_CALL_BYTES:
            raise ServiceError("InvalidArgumentException", "too many bytes")
        results = []
        for place, data in enumerate(records):
            if refused(place):
                results.append({"ErrorCode": REFUSED, "ErrorMessage": "Slow down."})
            else:
                self.waiting.append(Arrived(data, self.clock()))
                self.accepted += data.splitlines()
                results.append({"RecordId": str(len(self.accepted))})
        failed = sum("ErrorCode" in result for result in results)
        return {"FailedPutCount": failed, "RequestResponses": results}

    def deliver(self, parts: int = 1) -> list[str]:
        """Writes what waits to so many objects, by the hour its oldest record arrived; answers with their keys."""
        waiting, self.waiting = self.waiting, []
        keys = []
        for some in _parts(waiting, parts):
            self.objects += 1
            keys.append(bronze_key(some[0].at, f"firehose-{self.objects:06d}.gz"))
            self.bucket.put(keys[-1], gzip.compress(b"".join(one.data for one in some), mtime=0))
        return keys


def bronze_key(at: float, name: str) -> str:
    return f"bronze/change_events/{datetime.fromtimestamp(at, UTC):dt=%Y-%m-%d/hour=%H}/{name}"


def _parts(waiting: list[Arrived], parts: int) -> Iterator[list[Arrived]]:
    size = -(-len(waiting) // parts)
    return (waiting[start : start + size] for start in range(0, len(waiting), size or 1))
