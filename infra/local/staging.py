"""Storage for a Spark that can't read the emulator's S3. Copies a pass's input to a folder, and its output back."""

import gzip
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from glue.job.spec import Job, SilverJobError, Summary
from glue.job.storage import places
from glue.lake import Lake, quarantine
from glue.lake.objects import keys, plain, read
from glue.lake.paths import BRONZE, key_of, quarantine_folder
from glue.lake.planning import Plan
from glue.lake.versions import shard_of

THREADS: Final = 8
# The emulator's Firehose writes an object per record, too many files for Spark to open quickly.
BUNDLE_BYTES: Final = 16 * 1024 * 1024
OCCURRED: Final = re.compile(rb'"occurred_at"\s*:\s*"(\d{4}-\d{2}-\d{2})T')
EVENT_ID: Final = re.compile(rb'"event_id"\s*:\s*"((?:task|user):[0-9a-f-]+:\d+)"')


@dataclass(frozen=True)
class Bundle:
    """Bronze objects in one staged file, with the text of each."""

    path: Path
    objects: list[tuple[str, bytes]]


class StagedStorage:
    """Stages the files of one pass in a folder. size: bytes of the staged bronze objects."""

    def __init__(self, folder: Path, say: Callable[[str], object] = lambda _: None) -> None:
        self._folder = folder
        self._say = say
        self._bundles: list[Bundle] = []

    @property
    def size(self) -> int:
        return sum(len(body) for bundle in self._bundles for _, body in bundle.objects)

    def stage(self, lake: Lake, plan: Plan, objects: Sequence[str], pass_id: str, attempt: int) -> Job:
        """Copies the objects, and silver's data of their dates and entities."""
        self._say(f"reading {len(objects)} new objects")
        folder = self._folder / str(attempt)
        self._bundles = list(_bundles(_read(lake, objects), folder / BRONZE))
        texts = [plain(key, body) for bundle in self._bundles for key, body in bundle.objects]
        event_ids = {found.decode() for text in texts for found in EVENT_ID.findall(text)}
        dates = {found.decode() for text in texts for found in OCCURRED.findall(text)}
        # Users to clear may have events on any date and in any shard.
        everything = bool(plan.erasures.new)
        shards = plan.versions.keys() if everything else {shard_of(event_id) for event_id in event_ids}
        versions = _stage_folders(lake, plan.versions, shards, folder / "versions")
        dates |= _known_dates(folder / "versions", event_ids)
        existing = _stage_folders(lake, plan.existing, plan.existing if everything else dates, folder / "existing")
        return Job(
            bronze_objects=[f"{(folder / BRONZE).as_uri()}/*"] if self._bundles else [],
            existing=existing,
            output=(folder / "output").as_uri(),
            quarantine=(folder / "quarantine").as_uri(),
            pass_id=pass_id,
            versions=versions,
            erased=plan.erasures.listed,
            to_clear=plan.erasures.new,
        )

    def read_ledger(self, lake: Lake, job: Job) -> bytes:  # noqa: ARG002  (part of the port)
        return b"".join(part.read_bytes() for part in _parts(job.folder("ledger")))

    def put_in_place(self, lake: Lake, job: Job, summary: Summary) -> None:
        for part in _parts(job.quarantine):
            rows = _with_own_objects(part.read_text(), self._bundles).encode()
            lake.s3.put_object(Bucket=lake.bucket, Key=f"{quarantine_folder(job.pass_id)}{part.name}", Body=rows)
        uploads = [
            (part, f"{place}{part.name}")
            for folder, place in places(job, summary).items()
            for part in _parts(job.folder(folder))
        ]

        def upload(pair: tuple[Path, str]) -> None:
            with pair[0].open("rb") as body:
                lake.s3.put_object(Bucket=lake.bucket, Key=pair[1], Body=body)

        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(upload, uploads))


def _read(lake: Lake, objects: Sequence[str]) -> list[tuple[str, bytes]]:
    with ThreadPoolExecutor(THREADS) as pool:
        bodies = pool.map(lambda key: read(lake.s3, lake.bucket, key), objects)
        found = list(zip(objects, bodies, strict=True))
    broken = [key for key, body in found if not quarantine.is_whole(key, body)]
    if broken:
        # As Spark does when it reads S3 itself.
        raise SilverJobError(f"{quarantine.REASON}: {', '.join(broken)}")
    return found


def _stage_folders(lake: Lake, folders: dict[str, str], wanted: Iterable[str], place: Path) -> dict[str, str]:
    """Copies the wanted folders' files. Returns all folders; nothing reads the others, which stay where they are."""
    staged = {name: place / name for name in sorted(set(wanted) & folders.keys())}
    downloads = []
    for name, folder in staged.items():
        folder.mkdir(parents=True)
        downloads += [
            (key, str(folder / key.rpartition("/")[2])) for key in keys(lake.s3, lake.bucket, key_of(folders[name]))
        ]
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda pair: lake.s3.download_file(lake.bucket, *pair), downloads))
    return {**folders, **{name: folder.as_uri() for name, folder in staged.items()}}


def _parts(uri: str) -> list[Path]:
    """Spark's output files in a folder."""
    return sorted(Path(unquote(urlsplit(uri).path)).glob("part-*"))


def _bundles(objects: Iterable[tuple[str, bytes]], place: Path) -> Iterator[Bundle]:
    """Writes the objects to a few files under a path like bronze's. A .gz object gets its own file."""
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
    """The dates under which silver has any of these events."""
    texts = (gzip.decompress(part.read_bytes()) for part in versions.glob("*/*.gz"))
    rows = (json.loads(row) for text in texts for row in text.splitlines())
    return {row["dt"] for row in rows if row["event_id"] in event_ids}


def _with_own_objects(rows: str, bundles: list[Bundle]) -> str:
    """The quarantined rows, with the bronze object instead of the bundle that held it."""
    by_name = {bundle.path.name: bundle for bundle in bundles}
    named = []
    for text in rows.split("\n"):
        if text:
            row = json.loads(text)
            row["bronze_object"] = _object_of(row["line"], by_name[Path(row["bronze_object"]).name])
            named.append(json.dumps(row, ensure_ascii=False))
    return "".join(f"{text}\n" for text in named)


def _object_of(line: str, bundle: Bundle) -> str:
    """The object that contains a line, or the bundle's first and last if the text isn't found."""
    for key, body in bundle.objects:
        if line in plain(key, body).decode(errors="replace"):
            return key
    return f"{bundle.objects[0][0]} to {bundle.objects[-1][0]}"
