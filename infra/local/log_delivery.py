"""The laptop's stand-in for the subscription filter of the API's log group, whose delivery the emulator lacks.

What Firehose lands in bronze on AWS is each line about a request as the API wrote it; so the same lines go to the same
delivery stream here. Where it has got to outlives a restart; a kill between sending and noting that sends lines twice,
as CloudWatch may too.
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
# Firehose takes 1000 KiB in a record.
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
    """Sends what the log has grown by since the last call; answers how many lines that were."""
    begins = int(position.read_text()) if position.exists() else 0
    if begins > log.stat().st_size:
        begins = 0  # the log was started anew
    with log.open("rb") as file:
        file.seek(begins)
        grown = file.read()
    whole = grown[: grown.rfind(b"\n") + 1]
    lines = [line for line in whole.splitlines(keepends=True) if is_about_a_request(line)]
    for record in _records(lines):
        firehose.put_record(DeliveryStreamName=stream, Record={"Data": record})
    if whole:
        position.write_text(str(begins + len(whole)))
    return len(lines)


def is_about_a_request(line: bytes) -> bool:
    """What the template's filter pattern chooses."""
    try:
        return bool(json.loads(line).get("logger") == LOGGER)
    except (ValueError, AttributeError):
        return False


def _records(lines: list[bytes]) -> Iterator[bytes]:
    """The lines in few records: the emulator makes an object of each, where Firehose would gather them."""
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
