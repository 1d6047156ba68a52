"""Restores events that the stream lost from an export of the table (point in time, to S3, DynamoDB JSON).

An export has only the current version of each item. The versions in between stay missing, and the pass reports them.
"""

import base64
import gzip
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from cdc_lambda.change_event import ChangeEventMapper, Filtered, PoisonRecordError, to_line
from glue.lake import Lake
from glue.lake.manifest import newest_manifest
from glue.lake.objects import keys, plain, read
from glue.lake.paths import bronze_folder
from glue.lake.versions import shard_of, shards

MANIFEST: Final = "manifest-summary.json"
FILES: Final = "manifest-files.json"


class ExportError(Exception):
    """The export can't be used; the text says why."""


@dataclass
class Backfilled:
    """items = technical + held + made + len(poison). held: events that silver has already."""

    items: int = 0
    technical: int = 0
    held: int = 0
    made: int = 0
    poison: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Export:
    """A finished export: where it is, and the keys of its data files with their MD5 (base64)."""

    bucket: str
    name: str
    files: list[tuple[str, str]]


def backfill(lake: Lake, folder: str, mapper: ChangeEventMapper, now: datetime) -> Backfilled:
    """Puts the events that silver lacks into bronze. folder: URI of the export (.../AWSDynamoDB/<id>/).

    Safe to run twice, or beside the stream's own delivery: each event is in silver once. Raises ExportError.
    """
    export = _open(lake, folder)
    newest = newest_manifest(lake.s3, lake.bucket)
    held = _Held(lake, shards(lake, newest.pass_id if newest else None))
    done = Backfilled()
    for number, (key, md5) in enumerate(export.files):
        lines = b"".join(_missing(_items(lake, export.bucket, key, md5), mapper, held, done))
        if lines:
            name = f"backfill-{export.name}-{number:05d}.ndjson.gz"
            place = f"{bronze_folder(now)}{name}"
            lake.s3.put_object(Bucket=lake.bucket, Key=place, Body=gzip.compress(lines, mtime=0))
    return done


class _Held:
    """The event_ids that silver has, read a shard at a time."""

    def __init__(self, lake: Lake, folders: dict[str, str]) -> None:
        self._lake = lake
        self._folders = folders
        self._shards: dict[str, set[str]] = {}

    def __contains__(self, event_id: str) -> bool:
        shard = shard_of(event_id)
        if shard not in self._shards:
            self._shards[shard] = set(self._read(self._folders[shard])) if shard in self._folders else set()
        return event_id in self._shards[shard]

    def _read(self, folder: str) -> Iterator[str]:
        for key in keys(self._lake.s3, self._lake.bucket, folder):
            text = plain(key, read(self._lake.s3, self._lake.bucket, key))
            yield from (json.loads(row)["event_id"] for row in text.splitlines())


def _missing(items: Iterator[Any], mapper: ChangeEventMapper, held: _Held, done: Backfilled) -> Iterator[bytes]:
    for item in items:
        done.items += 1
        try:
            event = mapper.from_item(item)
            line = None if isinstance(event, Filtered) else to_line(event)
        except PoisonRecordError as error:
            done.poison.append(str(error))
            continue
        if isinstance(event, Filtered) or line is None:
            done.technical += 1
        elif event["event_id"] in held:
            done.held += 1
        else:
            done.made += 1
            yield line


def _open(lake: Lake, folder: str) -> Export:
    bucket, _, prefix = folder.removeprefix("s3://").rstrip("/").partition("/")
    try:
        summary = json.loads(read(lake.s3, bucket, f"{prefix}/{MANIFEST}"))
    except lake.s3.exceptions.NoSuchKey:
        raise ExportError(f"{folder} has no {MANIFEST}: it is not a finished export.") from None
    except lake.s3.exceptions.NoSuchBucket:
        raise ExportError(f"There is no bucket {bucket}.") from None
    kind = summary["outputFormat"], summary.get("exportType", "FULL_EXPORT")
    if kind != ("DYNAMODB_JSON", "FULL_EXPORT"):
        raise ExportError(f"{folder} is {' '.join(kind)}; it must be DYNAMODB_JSON FULL_EXPORT.")
    listed = read(lake.s3, bucket, f"{prefix}/{FILES}").splitlines()
    files = [json.loads(line) for line in listed if line]
    if summary["itemCount"] != sum(file["itemCount"] for file in files):
        raise ExportError(f"{folder} lists other files than its summary counts.")
    # The manifest's keys may lack the prefix of the request, but the files are always in data/.
    named = [(f"{prefix}/data/{file['dataFileS3Key'].rpartition('/')[2]}", file["md5Checksum"]) for file in files]
    return Export(bucket, prefix.rpartition("/")[2], named)


def _items(lake: Lake, bucket: str, key: str, md5: str) -> Iterator[Any]:
    body = read(lake.s3, bucket, key)
    if base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode() != md5:
        raise ExportError(f"{key} is not the file that was exported: its MD5 differs.")
    return (json.loads(line)["Item"] for line in gzip.decompress(body).splitlines() if line)
