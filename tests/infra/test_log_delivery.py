"""The laptop's stand-in for the subscription filter: each line about a request once, and only those."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.local.log_delivery import LONGEST_RECORD, deliver


class Stream:
    """Keeps what Firehose was given."""

    def __init__(self) -> None:
        self.records: list[bytes] = []

    def put_record(self, DeliveryStreamName: str, Record: dict[str, Any]) -> None:  # noqa: N803  (boto3's spelling)
        assert DeliveryStreamName == "logs"
        self.records.append(Record["Data"])


def line(number: int, **members: Any) -> str:
    return json.dumps({"logger": "todo_api.access", "request_id": f"r{number}", **members}) + "\n"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    file = tmp_path / "api.log"
    file.touch()
    return file


def test_lines_about_requests_are_sent_once_as_they_are(log: Path, tmp_path: Path) -> None:
    stream, position = Stream(), tmp_path / "position"
    log.write_text(line(1) + "[2026-11-25] Booting worker\n" + '{"logger": "django"}\n[]\n' + line(2) + line(3)[:10])
    assert deliver(stream, "logs", log, position) == 2
    assert deliver(stream, "logs", log, position) == 0
    with log.open("a") as file:
        file.write(line(3)[10:])
    assert deliver(stream, "logs", log, position) == 1
    assert b"".join(stream.records).decode() == line(1) + line(2) + line(3)


def test_log_begun_anew_is_read_from_its_beginning(log: Path, tmp_path: Path) -> None:
    stream, position = Stream(), tmp_path / "position"
    log.write_text(line(1) + line(2))
    deliver(stream, "logs", log, position)
    log.write_text(line(3))
    assert deliver(stream, "logs", log, position) == 1
    assert stream.records[-1].decode() == line(3)


def test_no_record_is_longer_than_firehose_takes(log: Path, tmp_path: Path) -> None:
    stream = Stream()
    log.write_text("".join(line(number, route="x" * 1000) for number in range(2500)))
    assert deliver(stream, "logs", log, tmp_path / "position") == 2500
    assert len(stream.records) == 3
    assert max(map(len, stream.records)) <= LONGEST_RECORD
    assert b"".join(stream.records) == log.read_bytes()
