"""The CDC function's cost per record: CPU time, and the bytes that Firehose bills."""

import json
import math
import time
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.figures import Figure, at_most
from cdc_lambda.change_event import ChangeEventMapper, Filtered, to_line
from cdc_lambda.firehose import Line, pack

RECORDS = 2_000
ROUNDS = 25
BILLED_STEP = 5 * 1024
WHY = (
    "half of it is mapping DynamoDB's typed images in Python. The check and the encoding are compiled; they take a "
    "quarter and a tenth."
)


def figures() -> Iterator[Figure]:
    """CPU time as a ratio within one run, so that the machine's speed cancels out. Takes the best of several rounds."""
    records = [record(number) for number in range(RECORDS)]
    mapper = ChangeEventMapper(b"a key of the benchmark's")
    events = [event for event in map(mapper.from_record, records) if not isinstance(event, Filtered)]
    floor = _seconds(lambda: [json.dumps(event) for event in events])
    whole = _seconds(lambda: [to_line(mapper.from_record(item)) for item in records])  # type: ignore[arg-type]
    yield Figure("CDC: CPU per record relative to one json.dumps", whole / floor, "x", at_most(1.5), WHY)
    lines = [Line(event["sequence_number"], to_line(event)) for event in events]
    payload = sum(len(line.data) for line in lines)
    billed = sum(math.ceil(len(parcel.data) / BILLED_STEP) * BILLED_STEP for parcel in pack(lines))
    yield Figure("Firehose: billed bytes relative to the payload", billed / payload, "x", at_most(1.05))


def _seconds(work: Callable[[], Any]) -> float:
    """CPU seconds of the fastest round."""
    best = math.inf
    for _ in range(ROUNDS):
        started = time.process_time()
        work()
        best = min(best, time.process_time() - started)
    return best


def record(number: int) -> dict[str, Any]:
    """A stream record of a task that was just completed."""
    clock = f"{1_767_600_000_000 + number:012x}"
    task_id = f"{clock[:8]}-{clock[8:]}-7c41-9d35-{number:012x}"
    old = {
        "PK": {"S": f"USER#{number % 50:032x}"},
        "SK": {"S": f"TASK#{task_id}"},
        "entity": {"S": "task"},
        "version": {"N": "1"},
        "title": {"S": "Write the report"},
        "status": {"S": "pending"},
        "priority": {"S": "medium"},
        "category": {"S": "work"},
        "updated_at": {"S": "2026-01-05T08:00:00.000Z"},
        "write_id": {"S": "d2f1c0aa"},
    }
    new = {
        **old,
        "version": {"N": "2"},
        "status": {"S": "completed"},
        "updated_at": {"S": "2026-01-06T10:30:00.250Z"},
        "completed_at": {"S": "2026-01-06T10:30:00.250Z"},
        "correlation_id": {"S": f"{number:016x}"},
    }
    change = {
        "ApproximateCreationDateTime": 1_767_600_000 + number / 100,
        "SequenceNumber": f"{44215845 * 10**19 + number}",
        "OldImage": old,
        "NewImage": new,
    }
    return {"eventName": "MODIFY", "dynamodb": change}
