"""What a pass must know of the lake, and its commit: boto3 only, no Spark.

The manifest is the commit point. It is written last, and a partition that a pass without one switched counts
as not switched: the next pass reads the same objects again, onto what silver was before. Manifests never expire.
"""

import gzip
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from glue import catalogue
from glue.catalogue import Lake

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BRONZE: Final = "bronze/change_events/"
SILVER: Final = "silver/change_events/"
COMMITS: Final = "silver/commits/"
QUARANTINE: Final = "silver/quarantine/"
MANIFESTS: Final = "silver/manifests/"
WORK: Final = "silver/work/"
# Firehose tries for a day to deliver under the hour of arrival; twice that, and a day for the clocks.
LOOKBACK: Final = timedelta(days=3)
THREADS: Final = 8
# Lifecycle deletes what carries it, so that readers have time to finish.
SUPERSEDED: Final[Any] = {"TagSet": [{"Key": "superseded", "Value": "true"}]}


class PassOvertakenError(Exception):
    """Another pass committed since this one was planned, or clocks differ. Nothing was changed; run again."""


@dataclass(frozen=True)
class Manifest:
    """A committed pass. window: objects of earlier passes that the look-back still lists."""

    pass_id: str
    objects: list[str]
    window: list[str]
    dates: list[str]
    superseded: list[str]
    counts: dict[str, int]


@dataclass(frozen=True)
class Plan:
    """What a pass starts from. base: the newest committed pass. existing: the folder (URI) of each date."""

    base: str | None
    objects: list[str]
    existing: dict[str, str]


@dataclass(frozen=True)
class Outcome:
    """What a pass did; its files are in place. ledger: silver_commits as NDJSON, without pass and time."""

    pass_id: str
    plan: Plan
    dates: list[str]
    ledger: bytes
    counts: dict[str, int] = field(default_factory=dict)


def pass_id_at(moment: datetime) -> str:
    """The id of a pass that starts at a moment: its time, so that ids sort by it."""
    text = moment.astimezone(UTC).strftime("%Y%m%dT%H%M%S%f")
    return f"{text[:-3]}Z"


def date_of(pass_id: str) -> date:
    return datetime.strptime(pass_id[:8], "%Y%m%d").replace(tzinfo=UTC).date()


def silver_folder(dt: str, pass_id: str) -> str:
    return f"{SILVER}dt={dt}/{pass_id}/"


def quarantine_folder(pass_id: str) -> str:
    return f"{QUARANTINE}dt={date_of(pass_id)}/{pass_id}/"


def new_objects(s3: "S3Client", bucket: str) -> list[str]:
    """Keys of the bronze objects that no pass has read, in order of arrival hour."""
    return _unread(s3, bucket, newest_manifest(s3, bucket))


def plan(lake: Lake) -> Plan:
    """What the next pass has to do. Asks the catalogue only if there is something to do."""
    newest = newest_manifest(lake.s3, lake.bucket)
    base = newest.pass_id if newest else None
    objects = _unread(lake.s3, lake.bucket, newest)
    return Plan(base, objects, catalogue.existing_partitions(lake, base) if objects else {})


def newest_manifest(s3: "S3Client", bucket: str) -> Manifest | None:
    """The last committed pass, or None before the first."""
    days = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=MANIFESTS, Delimiter="/")
    prefixes = [entry["Prefix"] for page in days for entry in page.get("CommonPrefixes", [])]
    if not prefixes:
        return None
    key = max(keys(s3, bucket, max(prefixes)))
    return Manifest(**json.loads(read(s3, bucket, key)))


def commit(lake: Lake, outcome: Outcome) -> None:
    """Makes a pass's files silver. Can be killed anywhere and repeated, by itself or by a new pass.

    Raises PassOvertakenError if another pass committed meanwhile.
    """
    newest = newest_manifest(lake.s3, lake.bucket)
    if newest and newest.pass_id == outcome.pass_id:
        return
    base = newest.pass_id if newest else None
    if base != outcome.plan.base or (base and base > outcome.pass_id):
        raise PassOvertakenError(f"Pass {outcome.pass_id} was planned on {outcome.plan.base}, newest is {base}.")
    uri, day = f"s3://{lake.bucket}/", str(date_of(outcome.pass_id))
    folders = {dt: f"{uri}{silver_folder(dt, outcome.pass_id)}" for dt in outcome.dates}
    catalogue.switch(lake, folders, outcome.plan.existing)
    _clear_unfinished(lake, outcome)
    if outcome.ledger:
        rows = _ledger_rows(outcome, datetime.now(UTC))
        lake.s3.put_object(Bucket=lake.bucket, Key=f"{COMMITS}dt={day}/{outcome.pass_id}.json", Body=rows)
        catalogue.ensure_day(lake, "silver_commits", day, f"{uri}{COMMITS}dt={day}/")
    if outcome.counts.get("quarantined"):
        catalogue.ensure_day(lake, "quarantine", day, f"{uri}{QUARANTINE}dt={day}/")
    if newest:
        _retire(lake, [key for old in newest.superseded for key in keys(lake.s3, lake.bucket, key_of(old))])
    _write_manifest(lake, outcome, newest)


def move_into_place(lake: Lake, output: str, folders: dict[str, str], pass_id: str) -> None:
    """Copies a pass's files from where Spark wrote them to silver's own layout. The work folder expires."""
    copies = [
        (source, f"{silver_folder(dt, pass_id)}{source.rpartition('/')[2]}")
        for dt, folder in folders.items()
        for source in keys(lake.s3, lake.bucket, f"{key_of(output)}/{folder}/")
    ]

    def copy(paths: tuple[str, str]) -> None:
        source, target = paths
        lake.s3.copy_object(Bucket=lake.bucket, CopySource={"Bucket": lake.bucket, "Key": source}, Key=target)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(copy, copies))


def read_folder(lake: Lake, uri: str) -> bytes:
    """The content of a folder's files, one after the other."""
    return b"".join(read(lake.s3, lake.bucket, key) for key in keys(lake.s3, lake.bucket, f"{key_of(uri)}/"))


def keys(s3: "S3Client", bucket: str, prefix: str, after: str = "") -> list[str]:
    """The keys under a prefix, in order; only those after a key, if given."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, StartAfter=after or prefix)
    return [entry["Key"] for page in pages for entry in page.get("Contents", [])]


def read(s3: "S3Client", bucket: str, key: str) -> bytes:
    return s3.get_object(Bucket=bucket, Key=key)["Body"].read()


def plain(key: str, body: bytes) -> bytes:
    """An object's text, whether Firehose compressed it or not."""
    return gzip.decompress(body) if key.endswith(".gz") else body


def key_of(uri: str) -> str:
    """s3://bucket/key -> key"""
    return uri.removeprefix("s3://").partition("/")[2]


def _unread(s3: "S3Client", bucket: str, newest: Manifest | None) -> list[str]:
    if newest is None:
        return keys(s3, bucket, BRONZE)
    done = {*newest.objects, *newest.window}
    return [key for key in keys(s3, bucket, BRONZE, after=_window_start(newest.pass_id)) if key not in done]


def _window_start(pass_id: str) -> str:
    return f"{BRONZE}dt={date_of(pass_id) - LOOKBACK}/"


def _clear_unfinished(lake: Lake, outcome: Outcome) -> None:
    """Removes what killed passes left since base. This pass covers their objects, and so their dates."""
    base = outcome.plan.base
    since = f"dt={date_of(base)}/" if base else ""
    for prefix in (COMMITS, QUARANTINE):
        for key in keys(lake.s3, lake.bucket, prefix, after=f"{prefix}{since}"):
            if _is_unfinished(key, outcome):
                lake.s3.delete_object(Bucket=lake.bucket, Key=key)

    def left(dt: str) -> list[str]:
        # "0" follows "/": behind everything of base itself.
        folder = f"{SILVER}dt={dt}/"
        found = keys(lake.s3, lake.bucket, folder, after=f"{folder}{base}0" if base else "")
        return [key for key in found if _is_unfinished(key, outcome)]

    with ThreadPoolExecutor(THREADS) as pool:
        _retire(lake, [key for found in pool.map(left, outcome.dates) for key in found])


def _is_unfinished(key: str, outcome: Outcome) -> bool:
    by = key.split("/")[3].removesuffix(".json")
    return by != outcome.pass_id and (outcome.plan.base is None or by > outcome.plan.base)


def _ledger_rows(outcome: Outcome, now: datetime) -> bytes:
    """The ledger's lines with the pass and its time put in front of their other fields."""
    stamp = {"pass_id": outcome.pass_id, "committed_at": now.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]}
    front = json.dumps(stamp).encode().removesuffix(b"}") + b", "
    return b"".join(front + line.removeprefix(b"{") + b"\n" for line in outcome.ledger.splitlines())


def _retire(lake: Lake, retired: list[str]) -> None:
    def tag(key: str) -> None:
        lake.s3.put_object_tagging(Bucket=lake.bucket, Key=key, Tagging=SUPERSEDED)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(tag, retired))


def _write_manifest(lake: Lake, outcome: Outcome, newest: Manifest | None) -> None:
    start = _window_start(outcome.pass_id)
    earlier = [*newest.window, *newest.objects] if newest else []
    manifest = Manifest(
        pass_id=outcome.pass_id,
        objects=outcome.plan.objects,
        window=[key for key in earlier if key >= start],
        dates=outcome.dates,
        superseded=[outcome.plan.existing[dt] for dt in outcome.dates if dt in outcome.plan.existing],
        counts=outcome.counts,
    )
    key = f"{MANIFESTS}dt={date_of(outcome.pass_id)}/{outcome.pass_id}.json"
    lake.s3.put_object(Bucket=lake.bucket, Key=key, Body=json.dumps(asdict(manifest)).encode())
