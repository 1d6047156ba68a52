"""One pipeline pass on a laptop: the steps of the scheduled pipeline, in its order.

Wait for bronze, Glue job (silver), dbt (gold), publish. A pass that finds another running waits for it.
"""

import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from infra.packaging import ROOT

DBT_PROJECT = ROOT / "analytics_dbt"


class PassFailedError(Exception):
    """A step failed; its text names the step and what to do. Everything before it is kept, and a repeat heals."""


@contextmanager
def one_at_a_time(lock: Path, say: Callable[[str], object]) -> Iterator[None]:
    """Holds the machine's pipeline lock; the system releases it when the process dies."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another pass is running; waiting for it ...")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def build_gold(as_of: str, output: TextIO) -> None:
    """`dbt build` over all of silver; the models' unit tests need no data and run with the other tests."""
    build = subprocess.run(
        [
            str(Path(sys.executable).with_name("dbt")), "--quiet", "build",
            "--exclude-resource-type", "unit_test", "--vars", json.dumps({"as_of": as_of}),
        ],
        cwd=DBT_PROJECT,
        env={**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )  # fmt: skip
    if build.returncode:
        output.write(build.stdout)
        raise PassFailedError("dbt build failed; its report is above. Gold keeps the tables of the last good build.")


@contextmanager
def step(name: str, say: Callable[[str], object]) -> Iterator[list[str]]:
    """Says that a step starts, and how long it took; what the step appends is added to the line."""
    started = time.monotonic()
    say(f"{name} ...")
    details: list[str] = []
    yield details
    say(f"{name}: {time.monotonic() - started:.1f} s{''.join(f', {detail}' for detail in details)}")
