"""The commit of a silver pass.

The manifest is the commit point and is written last. The next pass ignores changes of a pass without a manifest: it
reads the same objects again and starts from the previous folders. Manifests never expire.
"""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from glue.lake import Lake, catalog, erasures
from glue.lake.manifest import Manifest, manifest_key, newest_manifest, window
from glue.lake.objects import keys
from glue.lake.paths import (
    COMMITS,
    QUARANTINE,
    SILVER,
    VERSIONS,
    date_of,
    key_of,
    quarantine_folder,
    silver_folder,
    versions_folder,
)
from glue.lake.planning import Plan

THREADS: Final = 8
# A lifecycle rule later deletes objects with this tag, so that readers have time to finish.
SUPERSEDED: Final[Any] = {"TagSet": [{"Key": "superseded", "Value": "true"}]}


class PassOvertakenError(Exception):
    """Another pass committed since this one was planned, or clocks differ. Nothing was committed; run it again."""


@dataclass(frozen=True)
class Outcome:
    """What a pass did. ledger: silver_commits as NDJSON, without pass and time.

    gaps: the gaps in each shard that the pass rewrote, or None.
    """

    pass_id: str
    plan: Plan
    dates: list[str]
    ledger: bytes
    counts: dict[str, int] = field(default_factory=dict)
    gaps: dict[str, Any] = field(default_factory=dict)


def commit(lake: Lake, outcome: Outcome, put_in_place: Callable[[], object] = lambda: None) -> dict[str, int]:
    """Commits a pass's files to silver; returns its counts. Can be killed anywhere and repeated, also by a new pass.

    put_in_place copies the files to their places in the lake. An overtaken pass doesn't call it, because later
    passes treat any folder with an id up to the newest as committed. Raises PassOvertakenError if another pass
    committed meanwhile.
    """
    newest = newest_manifest(lake.s3, lake.bucket)
    if newest and newest.pass_id == outcome.pass_id:
        _note_erasures(lake, outcome, newest)
        return newest.counts
    base = newest.pass_id if newest else None
    if base != outcome.plan.base or (base and base > outcome.pass_id):
        _withdraw(lake, outcome)
        raise PassOvertakenError(f"Pass {outcome.pass_id} was planned on {outcome.plan.base}, newest is {base}.")
    put_in_place()
    uri, day = f"s3://{lake.bucket}/", str(date_of(outcome.pass_id))
    folders = {dt: f"{uri}{silver_folder(dt, outcome.pass_id)}" for dt in outcome.dates}
    catalog.restore(lake, {dt: at for dt, at in outcome.plan.unfinished.items() if dt not in folders})
    catalog.switch(lake, folders, outcome.plan.existing)
    _clear_unfinished(lake, outcome)
    if outcome.ledger:
        rows = _ledger_rows(outcome, datetime.now(UTC))
        lake.s3.put_object(Bucket=lake.bucket, Key=f"{COMMITS}dt={day}/{outcome.pass_id}.json", Body=rows)
        catalog.ensure_day(lake, "silver_commits", day, f"{uri}{COMMITS}dt={day}/")
    if outcome.counts.get("quarantined") or outcome.counts.get("quarantined_objects"):
        catalog.ensure_day(lake, "quarantine", day, f"{uri}{QUARANTINE}dt={day}/")
    if newest:
        _retire_superseded(lake, newest)
    manifest = _write_manifest(lake, outcome, newest)
    _note_erasures(lake, outcome, manifest)
    return manifest.counts


def totals(gaps: dict[str, Any]) -> dict[str, int]:
    """How many entities lack versions in all shards, and how many versions they lack."""
    return {name: sum(shard[name] for shard in gaps.values()) for name in ("gapped_entities", "missing_versions")}


def _withdraw(lake: Lake, outcome: Outcome) -> None:
    """Deletes what an overtaken pass wrote: its quarantine, and the files that an earlier try of its commit placed."""
    if keys(lake.s3, lake.bucket, manifest_key(outcome.pass_id).removesuffix(".json")):
        return
    folders = [
        *(silver_folder(dt, outcome.pass_id) for dt in outcome.dates),
        *(versions_folder(shard, outcome.pass_id) for shard in outcome.gaps),
        quarantine_folder(outcome.pass_id),
    ]
    for key in [key for folder in folders for key in keys(lake.s3, lake.bucket, folder)]:
        lake.s3.delete_object(Bucket=lake.bucket, Key=key)


def _clear_unfinished(lake: Lake, outcome: Outcome) -> None:
    """Deletes the files of passes killed since base, and tags for deletion those that readers may still use."""
    base = outcome.plan.base
    since = f"dt={date_of(base)}/" if base else ""
    left = [key for prefix in (COMMITS, QUARANTINE) for key in keys(lake.s3, lake.bucket, prefix, prefix + since)]
    left += keys(lake.s3, lake.bucket, VERSIONS)
    with ThreadPoolExecutor(THREADS) as pool:
        unfinished = [key for key in left if _is_unfinished(key, outcome)]
        list(pool.map(lambda key: lake.s3.delete_object(Bucket=lake.bucket, Key=key), unfinished))

        def left_of(folder: str) -> list[str]:
            return [key for key in keys(lake.s3, lake.bucket, folder) if _is_unfinished(key, outcome)]

        # A killed pass may also have touched dates of events that have been suppressed since.
        dates = sorted({*outcome.dates, *outcome.plan.unfinished})
        folders = [SILVER] if outcome.plan.erasures.new else [f"{SILVER}dt={dt}/" for dt in dates]
        _retire(lake, [key for found in pool.map(left_of, folders) for key in found])


def _is_unfinished(key: str, outcome: Outcome) -> bool:
    by = key.split("/")[3].removesuffix(".json")
    return by != outcome.pass_id and (outcome.plan.base is None or by > outcome.plan.base)


def _ledger_rows(outcome: Outcome, now: datetime) -> bytes:
    """The ledger's lines with the pass and its time as their first fields."""
    stamp = {"pass_id": outcome.pass_id, "committed_at": now.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]}
    front = json.dumps(stamp).encode().removesuffix(b"}") + b", "
    return b"".join(front + line.removeprefix(b"{") + b"\n" for line in outcome.ledger.splitlines())


def _note_erasures(lake: Lake, outcome: Outcome, manifest: Manifest) -> None:
    """Notes the erasures. Retires replaced files that held erased users at once, not with the next pass like others."""
    if outcome.plan.erasures.new:
        _retire_superseded(lake, manifest)
    erasures.note(lake, outcome.pass_id, outcome.plan.erasures, outcome.counts)


def _retire_superseded(lake: Lake, manifest: Manifest) -> None:
    _retire(lake, [key for old in manifest.superseded for key in keys(lake.s3, lake.bucket, key_of(old))])


def _retire(lake: Lake, retired: list[str]) -> None:
    def tag(key: str) -> None:
        lake.s3.put_object_tagging(Bucket=lake.bucket, Key=key, Tagging=SUPERSEDED)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(tag, retired))


def _write_manifest(lake: Lake, outcome: Outcome, newest: Manifest | None) -> Manifest:
    plan = outcome.plan
    gaps = {**(newest.gaps if newest else {}), **outcome.gaps}
    gaps = {shard: missing for shard, missing in gaps.items() if missing}
    manifest = Manifest(
        pass_id=outcome.pass_id,
        objects=plan.objects,
        window=window(newest, outcome.pass_id),
        dates=outcome.dates,
        superseded=[
            *(plan.existing[dt] for dt in outcome.dates if dt in plan.existing),
            *(plan.versions[shard] for shard in outcome.gaps if shard in plan.versions),
        ],
        counts={**outcome.counts, "late_objects": plan.late, **totals(gaps)},
        gaps=gaps,
    )
    key = manifest_key(outcome.pass_id)
    lake.s3.put_object(Bucket=lake.bucket, Key=key, Body=json.dumps(asdict(manifest)).encode())
    return manifest
