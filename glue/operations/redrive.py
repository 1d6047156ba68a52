"""Puts quarantined lines and objects that can now be read back into bronze, the only way into silver."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any, Final

import jsonschema_rs

from glue.job.schemas import CONTRACTS
from glue.lake import Lake, quarantine
from glue.lake.manifest import newest_manifest
from glue.lake.objects import keys, plain, read
from glue.lake.paths import QUARANTINE, bronze_folder


@dataclass
class Redriven:
    """rows: the quarantined lines and objects that were tried. put: those put back into bronze."""

    rows: int = 0
    put: int = 0


def redrive(lake: Lake, now: datetime) -> Redriven:
    """Tries every row of the committed passes. Safe to repeat, also after a kill: each event is in silver once."""
    done = Redriven()
    newest = newest_manifest(lake.s3, lake.bucket)
    for key in keys(lake.s3, lake.bucket, QUARANTINE):
        if newest is None or key.split("/")[3] > newest.pass_id:
            continue
        # Only \n ends a row: the text of a line may hold other line ends.
        content = read(lake.s3, lake.bucket, key).decode()
        rows = [json.loads(text) for text in content.split("\n") if text]
        readable = {number: text for number, row in enumerate(rows) if (text := _readable(lake, row)) is not None}
        done.rows += len(rows)
        done.put += len(readable)
        if readable:
            # Writes first, then removes: if killed in between, the rows are in both places.
            _put(lake, b"".join(readable.values()), now)
            _keep(lake, key, [row for number, row in enumerate(rows) if number not in readable])
    return done


def _readable(lake: Lake, row: dict[str, Any]) -> bytes | None:
    """The text of a row if it now fits the contract, with its newline; else None."""
    if row.get("line") is not None:
        return f"{row['line']}\n".encode() if _fits(row["line"]) else None
    key = row["bronze_object"]
    try:
        body = read(lake.s3, lake.bucket, key)
    except lake.s3.exceptions.NoSuchKey:
        return None
    # The next pass checks its lines.
    return plain(key, body).rstrip(b"\n") + b"\n" if quarantine.is_whole(key, body) else None


def _fits(line: str) -> bool:
    try:
        event = json.loads(line)
        return FITS[event["schema_version"]](event)
    except (ValueError, TypeError, KeyError):
        return False


def _put(lake: Lake, body: bytes, now: datetime) -> None:
    name = f"redrive-{hashlib.sha256(body).hexdigest()[:32]}.ndjson"
    lake.s3.put_object(Bucket=lake.bucket, Key=f"{bronze_folder(now)}{name}", Body=body)


def _keep(lake: Lake, key: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        body = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows).encode()
        lake.s3.put_object(Bucket=lake.bucket, Key=key, Body=body)
    else:
        lake.s3.delete_object(Bucket=lake.bucket, Key=key)


def _parses(kind: type[date], text: str) -> bool:
    try:
        kind.fromisoformat(text)
    except ValueError:
        return False
    return True


FORMATS: Final[dict[str, Callable[..., bool]]] = {
    "date": partial(_parses, date),
    "date-time": partial(_parses, datetime),
}
# Version -> whether an event fits that contract as silver reads it: times and dates must be in the calendar.
FITS: Final[dict[int, Callable[[Any], bool]]] = {
    version: jsonschema_rs.validator_for(contract, formats=FORMATS, validate_formats=True).is_valid
    for version, contract in CONTRACTS.items()
}
