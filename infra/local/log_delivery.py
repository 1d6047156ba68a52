"""The laptop's stand-in for the subscription filter of the API's log group, whose delivery the emulator lacks.

On AWS, Firehose delivers each of the API's log lines about a request to bronze; here the same lines go to the same
delivery stream. The position in the log survives a restart. A kill between sending lines and saving the position sends
them twice, as CloudWatch may do.
"""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3

from infra.local.settings import LocalSettings

EVERY_SECONDS = 1.0
# Firehose's limit for a record.
LONGEST_RECORD = 1000 * 1024
LOGGER = "todo_api.access"


def main() -> None:
    settings = LocalSettings.from_environment()
    firehose = boto3.client("firehose")
    position = settings.state / "log-delivery-position"
    while True:
        deliver(firehose, os.environ["LOG_STREAM_NAME"], settings.log("api"), position)
        time.sleep(EVERY_SECONDS)


def deliver(firehose: Any, stream: str, log: Path, position: Path) -> int:
    """Sends the lines about requests that were logged since the last call; returns their number."""
    start = int(position.read_text()) if position.exists() else 0
    if start > log.stat().st_size:
        start = 0  # the log was replaced
    with log.open("rb") as file:
        file.seek(start)
        added = file.read()
    whole = added[: added.rfind(b"\n") + 1]
    lines = [line for line in whole.splitlines(keepends=True) if is_about_a_request(line)]
    for record in _records(lines):
        firehose.put_record(DeliveryStreamName=stream, Record={"Data": record})
    if whole:
        position.write_text(str(start + len(whole)))
    return len(lines)


def is_about_a_request(line: bytes) -> bool:
    """Whether the filter pattern in the template selects the line."""
    try:
        return bool(json.loads(line).get("logger") == LOGGER)
    except (ValueError, AttributeError):
        return False


def _records(lines: list[bytes]) -> Iterator[bytes]:
    """Packs the lines into few records: the emulator writes an object per record, where Firehose would buffer them."""
    record = b""
    for line in lines:
        if record and len(record) + len(line) > LONGEST_RECORD:
            yield record
            record = b""
        record += line
    if record:
        yield record


if __name__ == "__main__":
    main()
