"""Copies what a silver pass reads from the emulated lake to a folder, and what it wrote back."""

import gzip
import json
import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from glue import lake, quarantine
from glue.catalogue import Lake

THREADS: Final = 8
# The emulator's Firehose makes an object of each record: far more files than Spark likes to open.
BUNDLE_BYTES: Final = 16 * 1024 * 1024
OCCURRED: Final = re.compile(rb'"occurred_at"\s*:\s*"(\d{4}-\d{2}-\d{2})T')
EVENT_ID: Final = re.compile(rb'"event_id"\s*:\s*"((?:task|user):[0-9a-f-]+:\d+)"')


@dataclass(frozen=True)
class Bundle:
    """Bronze objects in one staged file, with the text of each."""

    path: Path
    objects: list[tuple[str, bytes]]


@dataclass(frozen=True)
class Staged:
    """A pass's input in a folder. broken: the objects that can't be unpacked, with the reason."""

    folder: Path
    bundles: list[Bundle]
    broken: dict[str, str]

    @property
    def size(self) -> int:
        return sum(len(body) for bundle in self.bundles for _, body in bundle.objects)


def stage(target: Lake, plan: lake.Plan, folder: Path) -> Staged:
    """The new objects, what silver holds of their dates and entities, and the lists that the job is given."""
    whole, broken = _read_bronze(target, plan.objects)
    staged = Staged(folder, list(_bundles(whole, folder / lake.BRONZE)), broken)
    texts = [lake.plain(key, body) for bundle in staged.bundles for key, body in bundle.objects]
    event_ids = {found.decode() for text in texts for found in EVENT_ID.findall(text)}
    dates = {found.decode() for text in texts for found in OCCURRED.findall(text)}
    # Who is to be cleared may be anywhere, and so the shards of what is.
    everything = bool(plan.erasures.new)
    shards = plan.versions.keys() if everything else {lake.shard_of(event_id) for event_id in event_ids}
    versions = _stage_folders(target, plan.versions, shards, folder / "versions")
    dates |= _known_dates(folder / "versions", event_ids)
    existing = _stage_folders(target, plan.existing, plan.existing.keys() if everything else dates, folder / "existing")
    _write_lines(folder / "bronze_objects.txt", [f"{(folder / lake.BRONZE).as_uri()}/*"] if staged.bundles else [])
    _write_lines(folder / "existing.txt", [f"{dt} {uri}" for dt, uri in existing.items()])
    _write_lines(folder / "versions.txt", [f"{shard} {uri}" for shard, uri in versions.items()])
    _write_lines(folder / "erased.txt", plan.erasures.listed)
    _write_lines(folder / "to_clear.txt", plan.erasures.new)
    return staged


def collect(target: Lake, staged: Staged, summary: dict[str, Any], pass_id: str) -> None:
    """Uploads what the job wrote to where a pass's files lie in the lake."""
    output = staged.folder / "output"
    places = {folder: lake.silver_folder(dt, pass_id) for dt, folder in summary["folders"].items()}
    places |= {f"versions/shard={shard}": lake.versions_folder(shard, pass_id) for shard in summary["gaps"]}
    uploads = [
        (part, f"{place}{part.name}")
        for folder, place in places.items()
        for part in sorted((output / folder).glob("part-*"))
    ]
    for part in sorted(staged.folder.glob("quarantine/part-*")):
        rows = _with_own_objects(part.read_text(), staged.bundles).encode()
        key = f"{lake.quarantine_folder(pass_id)}{part.name}"
        target.s3.put_object(Bucket=target.bucket, Key=key, Body=rows)

    def upload(pair: tuple[Path, str]) -> None:
        with pair[0].open("rb") as body:
            target.s3.put_object(Bucket=target.bucket, Key=pair[1], Body=body)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(upload, uploads))
    quarantine.put_objects(target, pass_id, staged.broken)


def _read_bronze(target: Lake, keys: list[str]) -> tuple[list[tuple[str, bytes]], dict[str, str]]:
    with ThreadPoolExecutor(THREADS) as pool:
        bodies = list(pool.map(lambda key: lake.read(target.s3, target.bucket, key), keys))
    read = list(zip(keys, bodies, strict=True))
    broken = {key: quarantine.REASON for key, body in read if not quarantine.is_whole(key, body)}
    return [(key, body) for key, body in read if key not in broken], broken


def _bundles(objects: Iterable[tuple[str, bytes]], place: Path) -> Iterator[Bundle]:
    """Writes the objects to a few files under a path like bronze's. A .gz object keeps a file of its own."""
    place.mkdir(parents=True)
    waiting: list[tuple[str, bytes]] = []
    size = number = 0
    for number, (key, body) in enumerate(objects):
        if key.endswith(".gz"):
            yield _bundle(place / f"{number:06d}.ndjson.gz", [(key, body)])
            continue
        waiting.append((key, body if body.endswith(b"\n") else body + b"\n"))
        size += len(body)
        if size >= BUNDLE_BYTES:
            yield _bundle(place / f"{number:06d}.ndjson", waiting)
            waiting, size = [], 0
    if waiting:
        yield _bundle(place / f"{number + 1:06d}.ndjson", waiting)


def _bundle(path: Path, objects: list[tuple[str, bytes]]) -> Bundle:
    path.write_bytes(b"".join(body for _, body in objects))
    return Bundle(path, objects)


def _known_dates(versions: Path, event_ids: set[str]) -> set[str]:
    """The dates under which silver holds any of these events."""
    texts = (gzip.decompress(part.read_bytes()) for part in versions.glob("*/*.gz"))
    rows = (json.loads(row) for text in texts for row in text.splitlines())
    return {row["dt"] for row in rows if row["event_id"] in event_ids}


def _stage_folders(target: Lake, folders: dict[str, str], wanted: Iterable[str], place: Path) -> dict[str, str]:
    """Copies the wanted folders' files here; answers with all, the others where they are, which nothing reads."""
    staged = {name: place / name for name in sorted(set(wanted) & folders.keys())}
    downloads = []
    for name, folder in staged.items():
        folder.mkdir(parents=True)
        downloads += [
            (key, str(folder / key.rpartition("/")[2]))
            for key in lake.keys(target.s3, target.bucket, lake.key_of(folders[name]))
        ]
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda pair: target.s3.download_file(target.bucket, *pair), downloads))
    return {**folders, **{name: folder.as_uri() for name, folder in staged.items()}}


def _write_lines(path: Path, lines: list[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines))


def _with_own_objects(rows: str, bundles: list[Bundle]) -> str:
    """Quarantined rows that name the bronze object instead of the bundle it was staged in."""
    by_name = {bundle.path.name: bundle for bundle in bundles}
    named = []
    for text in rows.split("\n"):
        if text:
            row = json.loads(text)
            row["bronze_object"] = _object_of(row["line"], by_name[Path(row["bronze_object"]).name])
            named.append(json.dumps(row, ensure_ascii=False))
    return "".join(f"{text}\n" for text in named)


def _object_of(line: str, bundle: Bundle) -> str:
    """The object that a line comes from; the first and last of the bundle when it is not text enough to be found."""
    for key, body in bundle.objects:
        if line in lake.plain(key, body).decode(errors="replace"):
            return key
    return f"{bundle.objects[0][0]} to {bundle.objects[-1][0]}"
