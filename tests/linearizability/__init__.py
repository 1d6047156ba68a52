"""Whether what concurrent clients saw of tasks can be put in one order: asked of Porcupine, in Go from a wheel.

https://github.com/anishathalye/porcupine
Its source is in `vendor/`, as `go mod vendor` leaves it.
"""

import json
import os
import subprocess
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from shutil import which
from sysconfig import get_path

from infra.packaging import BUILD
from tests.support.patience import LONG

SOURCES = Path(__file__).parent


@dataclass(frozen=True)
class Operation:
    """A request and its answer. kind: read, update or delete. match: If-Match's version, 0 without. Times are in ns.

    title is what was sent, answered what came back, both empty where there is none. A task begins as `new`, version 1.
    """

    task: str
    client: int
    kind: str
    called: int
    returned: int
    status: int
    version: int = 0
    answered: str = ""
    title: str = ""
    match: int = 0


def verdicts(history: Iterable[Operation]) -> dict[str, str]:
    """By task: Ok, Illegal, or Unknown where it could not be decided in a minute."""
    lines = "".join(f"{json.dumps(asdict(operation))}\n" for operation in history)
    done = subprocess.run([_checker()], input=lines, capture_output=True, text=True, check=True, timeout=LONG, env={})
    return dict(line.split(" ", 1) for line in done.stdout.splitlines())


@cache
def _checker() -> Path:
    """The program, built when the sources changed; Go keeps what it has built."""
    program = BUILD / "linearizability"
    go = which("go", path=get_path("scripts"))
    assert go, "go is missing in the environment: requirements/dev.in asks for it"
    program.parent.mkdir(parents=True, exist_ok=True)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GO")},
        "GOFLAGS": "-mod=vendor -buildvcs=false",
        "GOPROXY": "off",
        "GOTOOLCHAIN": "local",
        "CGO_ENABLED": "0",
    }
    subprocess.run([go, "build", "-o", program, "."], cwd=SOURCES, env=environment, check=True, timeout=LONG)
    return program
