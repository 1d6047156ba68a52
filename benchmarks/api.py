"""The API's lines: what a request asks of the table, and what the function costs beside a peer that does less."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.figures import Aim, Figure, at_most
from benchmarks.services import Packages
from infra.deployment.zappa import zipped
from infra.packaging import ROOT
from tests.support.tokens import KeyServer

CALLS = {"401": 0, "400": 0, "PUT with a key": 2, "PATCH with a key": 2, "DELETE with a key": 2}
# Of a small task, with its place in the index of changes; the bars' 4 for the larger one is for both alike.
UNITS = {"GET": 1, "GET, a list of 100": 3.5}
MOST_UNITS = 4
MEGABYTE = 2**20
WHY_WARM = (
    "two fifths of it is botocore's own work for one signed request; the peer, which does less, needs more in all. "
    "Tried: its name composed once, a good token remembered, both kept. The rest is Django's middleware, DRF's "
    "negotiation and Zappa's WSGI."
)
WHY_FIRST = (
    "importing Django, DRF and Zappa's handler, each of them far more than this service uses of it, against FastAPI's "
    "pydantic; botocore's model of DynamoDB is both's."
)


def figures() -> Iterator[Figure]:
    yield from _asked_of_the_table()
    yield from _costs()
    with tempfile.TemporaryDirectory() as folder:
        size = zipped(Path(folder, "api")).stat().st_size
    yield Figure("API: the function's zip, without boto3", size / MEGABYTE, "MiB", at_most(10))


def _asked_of_the_table() -> Iterator[Figure]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.routes"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    for asked in map(json.loads, done.stdout.splitlines()):
        name = asked["name"]
        yield Figure(f"API: calls to the table, {name}", asked["calls"], "", at_most(_calls(name)))
        if asked["units"] is not None:
            yield Figure(f"API: units of the table, {name}", asked["units"], "", _units(name))


def _calls(name: str) -> int:
    return 2 if name.endswith("replayed") else CALLS.get(name, 1)


def _units(name: str) -> Aim:
    return at_most(UNITS.get(name, MOST_UNITS))


def _costs() -> Iterator[Figure]:
    """Both in one run, each as its own Lambda handler; DynamoDB's answer is made up below botocore for both."""
    packages, keys = Packages.built(), KeyServer()
    try:
        api, peer = packages.cost("api", keys), packages.cost("peer", keys)
    finally:
        keys.close()
    counted: Any = api.unit == "instructions"
    million = 1_000_000 if counted else 0.000001
    unit = "M instructions" if counted else "us of CPU"
    yield Figure("API: a warm GET", api.each / million, unit, at_most(5) if counted else None, WHY_WARM)
    yield Figure("API: a warm GET of the peer", peer.each / million, unit)
    yield Figure("API: a warm GET against the peer's", api.each / peer.each, "x", at_most(1.1), WHY_WARM)
    yield Figure("API: import and first request", api.first / million, unit)
    yield Figure("API: import and first request of the peer", peer.first / million, unit)
    yield Figure(
        "API: import and first request against the peer's", api.first / peer.first, "x", at_most(0.8), WHY_FIRST
    )
