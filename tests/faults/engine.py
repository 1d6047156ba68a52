"""Silver's Spark, on Python: what `glue.job.spark.run` makes of a job, without a JVM.

A model of the transforms alone. Planning, quarantine of objects, moving into place, catalog and commit are the
product's own.
"""

import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from glue.job.schemas import CONTRACT
from glue.job.spec import Job, SilverJobError, Summary
from glue.job.transforms import NO_SEQUENCE_NUMBER
from glue.lake import objects, paths, quarantine, versions
from glue.operations.redrive import FITS
from tests.faults.aws.s3 import Bucket

Row = dict[str, Any]


def run(bucket: Bucket, job: Job) -> Summary:
    """One pass over the new objects, as Spark does it. Raises SilverJobError for one that is no whole gzip file."""
    lines = [line for uri in job.bronze_objects for line in _lines(bucket, uri)]
    events = [event_of(line) for line, _ in lines]
    bad = [place for place, event in enumerate(events) if event is None]
    valid = [event for event in events if event is not None]
    known_to_stay = [event for event in valid if event["user_key"] not in job.erased]
    if bad:
        rows = [_quarantined(*lines[place], job.pass_id) for place in bad]
        bucket.put(f"{paths.key_of(job.quarantine)}/part-00000.json", _ndjson(rows))
    fresh = dedupe(known_to_stay)
    silver = {dt: read_rows(bucket, uri) for dt, uri in job.existing.items()}
    held = {row["event_id"]: row for rows in silver.values() for row in rows}
    won = {name: row for name, row in fresh.items() if name not in held or preference(row) < preference(held[name])}
    lost = {name: row for name, row in held.items() if name in won or row["user_key"] in job.erased}
    changed = _write_ledger(bucket, job, won.values(), lost.values())
    for dt in changed:
        kept = [row for row in silver.get(dt, ()) if row["event_id"] not in lost]
        rows = kept + [row for row in won.values() if date_of(row) == dt]
        bucket.put(f"{paths.key_of(job.output)}/merged/dt={dt}/part-00000.json", _ndjson(sorted(rows, key=_place)))
    erased = sum(row["user_key"] in job.erased for row in lost.values()) if job.to_clear else 0
    new_events = sum(changed.values()) + erased
    suppressed = len(valid) - len(known_to_stay)
    return Summary(
        lines=len(lines),
        new_events=new_events,
        duplicates=len(lines) - len(bad) - suppressed - new_events,
        quarantined=len(bad),
        suppressed=suppressed,
        erased=erased,
        folders={dt: f"merged/dt={dt}" for dt in sorted(changed)},
        gaps=_write_versions(bucket, job, won, lost),
    )


@lru_cache(maxsize=65536)
def event_of(line: bytes) -> Row | None:
    """The event of a line that fits its version's contract, else None."""
    try:
        event: Row = json.loads(line.decode())
        return event if FITS[event["schema_version"]](event) else None
    except (ValueError, TypeError, KeyError):
        return None


def dedupe(events: Iterable[Row]) -> dict[str, Row]:
    """Of each event_id the preferred row, whatever their order."""
    chosen: dict[str, Row] = {}
    for event in events:
        other = chosen.get(event["event_id"])
        if other is None or preference(event) < preference(other):
            chosen[event["event_id"]] = event
    return chosen


def preference(row: Row) -> tuple[bool, Any]:
    """The stream's own event first, then the smallest, column by column; null is less than any value."""
    return row["sequence_number"] == NO_SEQUENCE_NUMBER, _ordered(row, CONTRACT["properties"])


def _ordered(row: Row, names: Iterable[str]) -> tuple[Any, ...]:
    values = (row.get(name) for name in names)
    images = CONTRACT["definitions"]["image"]["properties"]
    return tuple(
        () if value is None else (_ordered(value, images) if isinstance(value, dict) else value,) for value in values
    )


def date_of(row: Row) -> str:
    text: str = row["occurred_at"]
    return text[:10]


def read_rows(bucket: Bucket, uri: str) -> list[Row]:
    """What lies in a folder of silver."""
    folder = f"{paths.key_of(uri).rstrip('/')}/"
    bodies = [found.body for key, found in bucket.objects.items() if key.startswith(folder)]
    return [json.loads(line) for body in bodies for line in body.splitlines()]


def _lines(bucket: Bucket, uri: str) -> list[tuple[bytes, str]]:
    key = paths.key_of(uri)
    body = bucket.objects[key].body
    if not quarantine.is_whole(key, body):
        raise SilverJobError("An error occurred while calling o1.parquet")
    return [(line, key) for line in objects.plain(key, body).splitlines() if line.strip()]


def _quarantined(line: bytes, key: str, pass_id: str) -> Row:
    return {"line": line.decode(errors="replace"), "reason": "no event", "bronze_object": key, "pass_id": pass_id}


def _write_ledger(bucket: Bucket, job: Job, won: Iterable[Row], lost: Iterable[Row]) -> dict[str, int]:
    """Writes by how many events each date grows of each entity; answers with the dates' sums."""
    growth: Counter[tuple[str, str, str, str]] = Counter()
    for rows, sign in ((won, 1), (lost, -1)):
        for row in rows:
            growth[date_of(row), row["entity"], row["entity_id"], row["user_key"]] += sign
    names = ("event_dt", "entity", "entity_id", "user_id", "events")
    rows = [dict(zip(names, (*key, events), strict=True)) for key, events in sorted(growth.items())]
    if rows:
        bucket.put(f"{paths.key_of(job.folder('ledger'))}/part-00000.json", _ndjson(rows))
    changed: Counter[str] = Counter()
    for (dt, *_), events in growth.items():
        changed[dt] += events
    return dict(changed)


def _write_versions(bucket: Bucket, job: Job, won: Mapping[str, Row], lost: Mapping[str, Row]) -> dict[str, Any]:
    """Writes the shards that change anew; answers with what is missing there."""
    found: dict[str, Any] = {}
    for shard in sorted({versions.shard_of(name) for name in (*won, *lost)}):
        before = known(bucket, job.versions[shard]) if shard in job.versions else {}
        kept = {name: dt for name, dt in before.items() if name not in lost}
        kept |= {name: date_of(row) for name, row in won.items() if versions.shard_of(name) == shard}
        rows = [{"event_id": name, "dt": dt} for name, dt in sorted(kept.items())]
        key = f"{paths.key_of(job.folder('versions'))}/shard={shard}/part-00000.json.gz"
        bucket.put(key, gzip.compress(_ndjson(rows), mtime=0))
        found[shard] = _gaps(kept)
    return found


def known(bucket: Bucket, uri: str) -> dict[str, str]:
    """The events of a shard of the versions, with their dates."""
    folder = f"{paths.key_of(uri).rstrip('/')}/"
    bodies = [found.body for key, found in bucket.objects.items() if key.startswith(folder)]
    rows = [json.loads(line) for body in bodies for line in gzip.decompress(body).splitlines()]
    return {row["event_id"]: row["dt"] for row in rows}


def _gaps(event_ids: Iterable[str]) -> dict[str, Any] | None:
    versions: dict[str, list[int]] = defaultdict(list)
    for name in event_ids:
        entity, _, version = name.rpartition(":")
        versions[entity].append(int(version))
    missing = {entity: max(held) - len(held) for entity, held in versions.items() if max(held) > len(held)}
    if not missing:
        return None
    return {
        "gapped_entities": len(missing),
        "missing_versions": sum(missing.values()),
        "examples": sorted(name for name in missing if name.startswith("task:"))[:3],
    }


def _place(row: Row) -> tuple[str, str, int]:
    return row["entity"], row["entity_id"], row["version"]


def _ndjson(rows: Iterable[Row]) -> bytes:
    return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows).encode()
