"""Where things lie in the lake, and what a pass starts from: boto3 only, no Spark."""

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from glue import catalogue, erasures
from glue.catalogue import Lake
from glue.erasures import Erasures

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BRONZE: Final = "bronze/change_events/"
SILVER: Final = "silver/change_events/"
COMMITS: Final = "silver/commits/"
QUARANTINE: Final = "silver/quarantine/"
MANIFESTS: Final = "silver/manifests/"
VERSIONS: Final = "silver/versions/"
WORK: Final = "silver/work/"
# Firehose tries for a day to deliver under the hour of arrival; twice that, and a day for the clocks.
LOOKBACK: Final = timedelta(days=3)
CLOCK_SKEW: Final = timedelta(seconds=5)
# The versions' shard of an event_id. 20 bits of the milliseconds that a UUIDv7 begins with: three days of tasks.
# A user's key is spread over sixteen.
SHARD: Final = r"^(task:.{5}|user:.).*$"


@dataclass(frozen=True)
class Manifest:
    """A committed pass. window: objects of earlier passes that the next one may list again.

    gaps: per shard of versions (an event_id's first characters) what is missing there.
    """

    pass_id: str
    objects: list[str]
    window: list[str]
    dates: list[str]
    superseded: list[str]
    counts: dict[str, int]
    gaps: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """What a pass starts from. base: the newest committed pass. existing: the folder (URI) of each date.

    versions: the folder (URI) of each shard of the versions. unfinished: the dates that a killed pass switched,
    and where they were before. late: how many of the objects arrived under an hour that the look-back has left.
    """

    base: str | None
    objects: list[str]
    existing: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    unfinished: dict[str, str | None] = field(default_factory=dict)
    erasures: Erasures = field(default_factory=Erasures)
    late: int = 0

    @property
    def nothing_to_do(self) -> bool:
        return not self.objects and not self.erasures.new


def pass_id_at(moment: datetime) -> str:
    """The id of a pass that starts at a moment: its time, so that ids sort by it."""
    text = moment.astimezone(UTC).strftime("%Y%m%dT%H%M%S%f")
    return f"{text[:-3]}Z"


def moment_of(pass_id: str) -> datetime:
    return datetime.strptime(f"{pass_id[:-1]}000", "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC)


def date_of(pass_id: str) -> date:
    return moment_of(pass_id).date()


def silver_folder(dt: str, pass_id: str) -> str:
    return f"{SILVER}dt={dt}/{pass_id}/"


def versions_folder(shard: str, pass_id: str) -> str:
    return f"{VERSIONS}shard={shard}/{pass_id}/"


def shard_of(event_id: str) -> str:
    return re.sub(SHARD, r"\1", event_id).replace(":", "-")


def quarantine_folder(pass_id: str) -> str:
    return f"{QUARANTINE}dt={date_of(pass_id)}/{pass_id}/"


def new_objects(s3: "S3Client", bucket: str) -> list[str]:
    """Keys of the bronze objects that no pass has read, in order of arrival hour."""
    return _unread(s3, bucket, newest_manifest(s3, bucket))


def plan(lake: Lake, listed: list[str] | None = None) -> Plan:
    """What the next pass has to do. listed: the user_keys whose erasure is listed.

    Asks the catalogue only if there is something to do.
    """
    newest = newest_manifest(lake.s3, lake.bucket)
    base = newest.pass_id if newest else None
    unread = _unread(lake.s3, lake.bucket, newest)
    erased = erasures.of(lake, listed or [])
    if not unread and not erased.new:
        return Plan(base, [], erasures=erased)
    existing, unfinished = catalogue.partitions(lake, base)
    start = _window_start(base) if base else ""
    return Plan(
        base,
        unread,
        existing,
        {shard: f"s3://{lake.bucket}/{folder}" for shard, folder in shards(lake, base).items()},
        unfinished,
        erased,
        late=sum(key < start for key in unread),
    )


def newest_manifest(s3: "S3Client", bucket: str) -> Manifest | None:
    """The last committed pass, or None before the first."""
    days = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=MANIFESTS, Delimiter="/")
    prefixes = [entry["Prefix"] for page in days for entry in page.get("CommonPrefixes", [])]
    if not prefixes:
        return None
    key = max(keys(s3, bucket, max(prefixes)))
    return Manifest(**json.loads(read(s3, bucket, key)))


def window(newest: Manifest | None, pass_id: str) -> list[str]:
    """The objects read so far that a pass after this one may list again: those that the look-back lists, and those of
    the pass before, whose objects may be as young as the clocks may differ, whatever the hours they lie under."""
    start = _window_start(pass_id)
    return [*(key for key in newest.window if key >= start), *newest.objects] if newest else []


def shards(lake: Lake, base: str | None) -> dict[str, str]:
    """The folder (key) of each shard of the versions as the passes up to base left it."""
    newest: dict[str, str] = {}
    for key in keys(lake.s3, lake.bucket, VERSIONS):
        _, _, shard, by, _ = key.split("/")
        if base is not None and by <= base:
            # Keys come in order, so the last is the newest.
            newest[shard.removeprefix("shard=")] = f"{VERSIONS}{shard}/{by}/"
    return newest


def keys(s3: "S3Client", bucket: str, prefix: str, after: str = "") -> list[str]:
    """The keys under a prefix, in order; only those after a key, if given."""
    return [entry["Key"] for entry in _entries(s3, bucket, prefix, after)]


def read(s3: "S3Client", bucket: str, key: str) -> bytes:
    return s3.get_object(Bucket=bucket, Key=key)["Body"].read()


def read_folder(lake: Lake, uri: str) -> bytes:
    """The content of a folder's files, one after the other."""
    return b"".join(read(lake.s3, lake.bucket, key) for key in keys(lake.s3, lake.bucket, f"{key_of(uri)}/"))


def plain(key: str, body: bytes) -> bytes:
    """An object's text, whether Firehose compressed it or not."""
    return gzip.decompress(body) if key.endswith(".gz") else body


def key_of(uri: str) -> str:
    """s3://bucket/key -> key"""
    return uri.removeprefix("s3://").partition("/")[2]


def _unread(s3: "S3Client", bucket: str, newest: Manifest | None) -> list[str]:
    """What lies under hours before the look-back the newest pass saw, unless it was written since that began."""
    if newest is None:
        return keys(s3, bucket, BRONZE)
    done = {*newest.objects, *newest.window}
    start, since = _window_start(newest.pass_id), moment_of(newest.pass_id) - CLOCK_SKEW
    entries = _entries(s3, bucket, BRONZE)
    return [e["Key"] for e in entries if e["Key"] not in done and (e["Key"] >= start or e["LastModified"] >= since)]


def _entries(s3: "S3Client", bucket: str, prefix: str, after: str = "") -> Iterator[Any]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, StartAfter=after or prefix)
    return (entry for page in pages for entry in page.get("Contents", []))


def _window_start(pass_id: str) -> str:
    return f"{BRONZE}dt={date_of(pass_id) - LOOKBACK}/"
