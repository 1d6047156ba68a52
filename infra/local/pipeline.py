"""One pipeline pass on a laptop: the steps of the scheduled pipeline, in the same order.

Wait for bronze, Glue job (silver), dbt (gold), publish. A pass waits for one that is already running.
"""

import fcntl
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import boto3

from glue.job.silver_pass import SilverPass
from glue.lake import Lake, erasures, paths
from glue.operations.wait_for_bronze import wait_for_bronze
from infra.local.glue_job import run_silver
from infra.packaging import ROOT
from infra.pipeline_steps import BRONZE, GOLD, PUBLISH, SILVER
from infra.progress import Say, step

DONE_NODE = re.compile(r" of (?P<total>\d+) (OK|PASS|WARN|ERROR|FAIL|SKIP)")
PROGRESS_SECONDS = 4


class PassFailedError(Exception):
    """A step failed; the text names it. Earlier steps keep their results, and another pass repairs the rest."""


@dataclass(frozen=True)
class Pipeline:
    """A deployment's names, and how to publish: `publish(as_of)` returns the number of users published."""

    table: str
    bucket: str
    silver_database: str
    user_key_secret_id: str
    lock: Path
    publish: Callable[[str], int]

    def run(self, *, as_of: str, say: Say) -> None:
        """Runs one pass. as_of: the time of its figures (ISO 8601, milliseconds, Z). Raises PassFailedError."""
        started = time.monotonic()
        with _one_at_a_time(self.lock, say):
            with step(BRONZE, say):
                wait_for_bronze(
                    table=self.table, bucket=self.bucket, user_key_secret_id=self.user_key_secret_id, timeout=60
                )
            with step(SILVER, say) as details:
                details.append(self._silver(lambda text: say(f"  {text}")))
            with step(GOLD, say):
                _build_gold(as_of, say)
            with step(PUBLISH, say) as details:
                details.append(f"{self.publish(as_of)} users, as of {as_of}")
        say(f"Pass: {time.monotonic() - started:.1f} s")

    def _silver(self, say: Say) -> str:
        lake = Lake(boto3.client("s3"), boto3.client("glue"), self.bucket, self.silver_database)
        erased_users = erasures.erased_users(boto3.client("dynamodb"), self.table)
        return _figures(run_silver(lake, paths.pass_id_at(datetime.now(UTC)), say, erased_users))


def _figures(done: SilverPass) -> str:
    """Describes a silver pass: the usual counts always, the rare ones if they are not 0."""
    if not done.objects and not done.dates:
        return "nothing new"
    usual = [
        f"{done.objects} objects, {done.new_events} new events, {done.duplicates} duplicates, "
        f"{done.quarantined} quarantined, {len(done.dates)} dates"
    ]
    rare = {
        "objects that arrived after the look-back": done.late_objects,
        "broken objects in quarantine": done.quarantined_objects,
        "events of erased users dropped": done.suppressed,
        "events of erased users cleared": done.erased,
        "versions missing": done.missing_versions,
        "entities with missing versions": done.gapped_entities,
    }
    return ", ".join([*usual, *(f"{count} {what}" for what, count in rare.items() if count)])


def _build_gold(as_of: str, say: Say) -> None:
    """Runs `dbt build`, without the models' unit tests, which need no data and run in the test suite."""
    build = subprocess.Popen(
        [
            sys.executable, "-m", "infra.local.dbt", "--no-use-colors", "build",
            "--project-dir", "analytics_dbt", "--profiles-dir", "analytics_dbt",
            "--exclude-resource-type", "unit_test",
        ],
        cwd=ROOT,
        # An environment variable, because a change of --vars makes dbt parse the whole project again.
        env={**os.environ, "AS_OF": as_of},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )  # fmt: skip
    with build:
        report = list(_with_progress(build.stdout or [], say))
    if build.returncode:
        raise PassFailedError(
            f"{''.join(report)}\n"
            "dbt build failed; its report is above. Gold keeps the tables of the last successful build."
        )


def _with_progress(report: Iterable[str], say: Say) -> Iterator[str]:
    """dbt's lines as they arrive. Reports every few seconds how many nodes are done."""
    said, done = time.monotonic(), 0
    for line in report:
        node = DONE_NODE.search(line)
        done += node is not None
        if node and time.monotonic() - said > PROGRESS_SECONDS:
            said = time.monotonic()
            say(f"  {done} of {node['total']} models and tests")
        yield line


@contextmanager
def _one_at_a_time(lock: Path, say: Say) -> Iterator[None]:
    """Holds the machine's pipeline lock; the system releases it when the process dies."""
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another pass is running; waiting for it ...")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
