"""The commit of a silver pass: boto3 only, no Spark.

The manifest is the commit point. It is written last, and a partition that a pass without one switched counts
as not switched: the next pass reads the same objects again, onto what silver was before. Manifests never expire.
"""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from glue import catalogue, erasures, lake
from glue.catalogue import Lake
from glue.lake import COMMITS, MANIFESTS, QUARANTINE, SILVER, VERSIONS, Manifest, Plan, date_of, keys

THREADS: Final = 8
# Lifecycle deletes what carries it, so that readers have time to finish.
SUPERSEDED: Final[Any] = {"TagSet": [{"Key": "superseded", "Value": "true"}]}


class PassOvertakenError(Exception):
    """Another pass committed since this one was planned, or clocks differ. Nothing of this one stays; run again."""


@dataclass(frozen=True)
class Outcome:
    """What a pass did. ledger: silver_commits as NDJSON, without pass and time.

    gaps: per shard that the pass rewrote, what is missing there; None where nothing is.
    """

    pass_id: str
    plan: Plan
    dates: list[str]
    ledger: bytes
    counts: dict[str, int] = field(default_factory=dict)
    gaps: dict[str, Any] = field(default_factory=dict)


def commit(target: Lake, outcome: Outcome, put_in_place: Callable[[], object] = lambda: None) -> dict[str, int]:
    """Makes a pass's files silver; answers with its counts. Can be killed anywhere and repeated, also by a new pass.

    put_in_place puts the files where the lake's layout has them; an overtaken pass puts none there, since whoever
    comes after it takes what lies under an id before the newest for committed. Raises PassOvertakenError if another
    pass committed meanwhile.
    """
    newest = lake.newest_manifest(target.s3, target.bucket)
    if newest and newest.pass_id == outcome.pass_id:
        _note_erasures(target, outcome, newest)
        return newest.counts
    base = newest.pass_id if newest else None
    if base != outcome.plan.base or (base and base > outcome.pass_id):
        _withdraw(target, outcome)
        raise PassOvertakenError(f"Pass {outcome.pass_id} was planned on {outcome.plan.base}, newest is {base}.")
    put_in_place()
    uri, day = f"s3://{target.bucket}/", str(date_of(outcome.pass_id))
    folders = {dt: f"{uri}{lake.silver_folder(dt, outcome.pass_id)}" for dt in outcome.dates}
    catalogue.restore(target, {dt: at for dt, at in outcome.plan.unfinished.items() if dt not in folders})
    catalogue.switch(target, folders, outcome.plan.existing)
    _clear_unfinished(target, outcome)
    if outcome.ledger:
        rows = _ledger_rows(outcome, datetime.now(UTC))
        target.s3.put_object(Bucket=target.bucket, Key=f"{COMMITS}dt={day}/{outcome.pass_id}.json", Body=rows)
        catalogue.ensure_day(target, "silver_commits", day, f"{uri}{COMMITS}dt={day}/")
    if outcome.counts.get("quarantined") or outcome.counts.get("quarantined_objects"):
        catalogue.ensure_day(target, "quarantine", day, f"{uri}{QUARANTINE}dt={day}/")
    if newest:
        _retire_superseded(target, newest)
    manifest = _write_manifest(target, outcome, newest)
    _note_erasures(target, outcome, manifest)
    return manifest.counts


def totals(gaps: dict[str, Any]) -> dict[str, int]:
    """Of all shards: how many entities lack versions, and how many versions that is."""
    return {name: sum(shard[name] for shard in gaps.values()) for name in ("gapped_entities", "missing_versions")}


def move_into_place(target: Lake, output: str, folders: dict[str, str]) -> None:
    """Copies a pass's files from where Spark wrote them to the lake's layout. The work folder expires.

    folders: folder under output -> folder (key) in the lake.
    """
    copies = [
        (source, f"{place}{source.rpartition('/')[2]}")
        for folder, place in folders.items()
        for source in keys(target.s3, target.bucket, f"{lake.key_of(output)}/{folder}/")
    ]

    def copy(paths: tuple[str, str]) -> None:
        source, place = paths
        target.s3.copy_object(Bucket=target.bucket, CopySource={"Bucket": target.bucket, "Key": source}, Key=place)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(copy, copies))


def _withdraw(target: Lake, outcome: Outcome) -> None:
    """Deletes what an overtaken pass has written: its quarantine, and what an earlier try of its commit has placed."""
    if keys(target.s3, target.bucket, _manifest_key(outcome.pass_id).removesuffix(".json")):
        return
    folders = [
        *(lake.silver_folder(dt, outcome.pass_id) for dt in outcome.dates),
        *(lake.versions_folder(shard, outcome.pass_id) for shard in outcome.gaps),
        lake.quarantine_folder(outcome.pass_id),
    ]
    for key in [key for folder in folders for key in keys(target.s3, target.bucket, folder)]:
        target.s3.delete_object(Bucket=target.bucket, Key=key)


def _clear_unfinished(target: Lake, outcome: Outcome) -> None:
    """Removes what killed passes left since base; nothing of it counts. What a reader may still hold is only tagged."""
    base = outcome.plan.base
    since = f"dt={date_of(base)}/" if base else ""
    left = [key for prefix in (COMMITS, QUARANTINE) for key in keys(target.s3, target.bucket, prefix, prefix + since)]
    left += keys(target.s3, target.bucket, VERSIONS)
    with ThreadPoolExecutor(THREADS) as pool:
        unfinished = [key for key in left if _is_unfinished(key, outcome)]
        list(pool.map(lambda key: target.s3.delete_object(Bucket=target.bucket, Key=key), unfinished))

        def left_of(folder: str) -> list[str]:
            return [key for key in keys(target.s3, target.bucket, folder) if _is_unfinished(key, outcome)]

        # A killed pass touched dates that this one touches, and those of events that are suppressed since.
        dates = sorted({*outcome.dates, *outcome.plan.unfinished})
        folders = [SILVER] if outcome.plan.erasures.new else [f"{SILVER}dt={dt}/" for dt in dates]
        _retire(target, [key for found in pool.map(left_of, folders) for key in found])


def _is_unfinished(key: str, outcome: Outcome) -> bool:
    by = key.split("/")[3].removesuffix(".json")
    return by != outcome.pass_id and (outcome.plan.base is None or by > outcome.plan.base)


def _ledger_rows(outcome: Outcome, now: datetime) -> bytes:
    """The ledger's lines with the pass and its time put in front of their other fields."""
    stamp = {"pass_id": outcome.pass_id, "committed_at": now.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]}
    front = json.dumps(stamp).encode().removesuffix(b"}") + b", "
    return b"".join(front + line.removeprefix(b"{") + b"\n" for line in outcome.ledger.splitlines())


def _note_erasures(target: Lake, outcome: Outcome, manifest: Manifest) -> None:
    """What a pass replaced the next one retires; but what held erased users waits for no pass that may never come."""
    if outcome.plan.erasures.new:
        _retire_superseded(target, manifest)
    erasures.note(target, outcome.pass_id, outcome.plan.erasures, outcome.counts)


def _retire_superseded(target: Lake, manifest: Manifest) -> None:
    _retire(target, [key for old in manifest.superseded for key in keys(target.s3, target.bucket, lake.key_of(old))])


def _retire(target: Lake, retired: list[str]) -> None:
    def tag(key: str) -> None:
        target.s3.put_object_tagging(Bucket=target.bucket, Key=key, Tagging=SUPERSEDED)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(tag, retired))


def _write_manifest(target: Lake, outcome: Outcome, newest: Manifest | None) -> Manifest:
    plan = outcome.plan
    gaps = {**(newest.gaps if newest else {}), **outcome.gaps}
    gaps = {shard: missing for shard, missing in gaps.items() if missing}
    manifest = Manifest(
        pass_id=outcome.pass_id,
        objects=plan.objects,
        window=lake.window(newest, outcome.pass_id),
        dates=outcome.dates,
        superseded=[
            *(plan.existing[dt] for dt in outcome.dates if dt in plan.existing),
            *(plan.versions[shard] for shard in outcome.gaps if shard in plan.versions),
        ],
        counts={**outcome.counts, "late_objects": plan.late, **totals(gaps)},
        gaps=gaps,
    )
    key = _manifest_key(outcome.pass_id)
    target.s3.put_object(Bucket=target.bucket, Key=key, Body=json.dumps(asdict(manifest)).encode())
    return manifest


def _manifest_key(pass_id: str) -> str:
    return f"{MANIFESTS}dt={date_of(pass_id)}/{pass_id}.json"
