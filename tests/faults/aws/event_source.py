"""Lambda's event source mapping on the table's stream: batches, retries, bisection, age, the failure destination.

https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html
Partial failures: https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
Failure destination: https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
Age: https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import takewhile
from random import Random
from typing import Any

from tests.faults.aws.sqs import Queue
from tests.faults.aws.stream import ARN, SHARDS, Record, Stream, as_lambda_gives_it, number_of, shard_id

# As the ingest stack declares them.
BATCH_SIZE = 1000
RETRIES = 10
MAX_AGE_S = 12 * 3600
KEYS = "USER#"


class FunctionError(Exception):
    """The function ended without an answer: it raised, ran out of time or memory."""


Invoke = Callable[[list[Record]], Any]
# Hears, each time a shard's checkpoint moves, of the records that it passed.
Passed = Callable[[int, list[Record]], None]


@dataclass
class Batch:
    records: list[Record]
    retries: int = 0


@dataclass
class Disturbance:
    """What happens to the next batch beside the function's own doing.

    again: how often a batch that succeeded comes once more; suffix: only its end does.
    """

    again: int = 0
    suffix: bool = False


@dataclass
class EventSourceMapping:
    """checkpoints: per shard how many of its records are done with. throttled: the function can't be invoked."""

    stream: Stream
    failures: Queue
    invoke: Invoke
    passed: Passed
    random: Random
    checkpoints: list[int] = field(default_factory=lambda: [0] * SHARDS)
    disturbance: Disturbance = field(default_factory=Disturbance)
    throttled: bool = False
    invocations: int = 0
    bisections: int = 0
    reported: int = 0
    too_old: int = 0

    def poll(self, shard: int, size: int = BATCH_SIZE) -> bool:
        """Works off the shard's next batch; False if there is none."""
        self._skip_expired(shard)
        records = self._next(shard, size)
        if self.throttled:
            # Tried again and again, without a word of it in the retries, until the records are too old.
            records = list(takewhile(self._is_too_old, records))
        if not records:
            return False
        wanted = [record for record in records if record["dynamodb"]["Keys"]["PK"]["S"].startswith(KEYS)]
        pending = [Batch(wanted)] if wanted else []
        while pending:
            pending[:1] = self._work_off(shard, pending[0])
        self._move(shard, records)
        return True

    def _next(self, shard: int, size: int) -> list[Record]:
        return self.stream.shards[shard][self.checkpoints[shard] : self.checkpoints[shard] + size]

    def _move(self, shard: int, records: list[Record]) -> None:
        self.checkpoints[shard] += len(records)
        self.passed(shard, records)

    def _skip_expired(self, shard: int) -> None:
        """What the stream has forgotten nobody hears of."""
        expired = list(takewhile(self.stream.trimmed, self.stream.shards[shard][self.checkpoints[shard] :]))
        if expired:
            self._move(shard, expired)

    def _is_too_old(self, record: Record) -> bool:
        return self.stream.age(record) > MAX_AGE_S

    def _work_off(self, shard: int, batch: Batch) -> list[Batch]:
        """One invocation at most; answers with what is left of the batch."""
        old = list(takewhile(self._is_too_old, batch.records))
        if old:
            self.too_old += len(old)
            self.failures.send(json.dumps(_message(shard, old, "RecordAgeExceeded", batch.retries)))
            left = batch.records[len(old) :]
            return [Batch(left, batch.retries)] if left else []
        failed = self._failed_from(batch.records)
        if failed is None:
            self._repeat(batch.records)
            return []
        if batch.retries >= RETRIES:
            tries = batch.retries + 1
            self.failures.send(json.dumps(_message(shard, batch.records, "RetryAttemptsExhausted", tries)))
            return []
        if failed >= 0:
            # Bisected where the function says, which needs no half to be tried again.
            self.reported += failed > 0
            return [Batch(batch.records[failed:], batch.retries + 1)]
        if len(batch.records) == 1:
            return [Batch(batch.records, batch.retries + 1)]
        # Splitting does not count towards the retries.
        self.bisections += 1
        middle = len(batch.records) // 2
        return [Batch(batch.records[:middle], batch.retries), Batch(batch.records[middle:], batch.retries)]

    def _failed_from(self, records: list[Record]) -> int | None:
        """The place from where on the records failed: None for none, -1 for a function without an answer."""
        self.invocations += 1
        try:
            answer = self.invoke([as_lambda_gives_it(record) for record in records])
        except FunctionError:
            return -1
        numbers = {failure["itemIdentifier"] for failure in (answer or {}).get("batchItemFailures", ())}
        places = [place for place, record in enumerate(records) if str(number_of(record)) in numbers]
        if not numbers:
            return None
        # An unknown identifier fails the whole batch, as an error does.
        return min(places) if len(places) == len(numbers) else -1

    def _repeat(self, records: list[Record]) -> None:
        """Delivered at least once: the same batch, or its end, comes again although it succeeded."""
        now, self.disturbance = self.disturbance, Disturbance()
        some = records[self.random.randrange(len(records)) :] if now.suffix else records
        for _ in range(now.again):
            self._failed_from(some)


def _message(shard: int, records: list[Record], condition: str, tries: int) -> Any:
    first, last = records[0]["dynamodb"], records[-1]["dynamodb"]
    return {
        "requestContext": {"condition": condition, "approximateInvokeCount": tries},
        "version": "1.0",
        "DDBStreamBatchInfo": {
            "shardId": shard_id(shard),
            "startSequenceNumber": first["SequenceNumber"],
            "endSequenceNumber": last["SequenceNumber"],
            "batchSize": len(records),
            "streamArn": ARN,
        },
    }
