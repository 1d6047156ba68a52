"""The API's figures: a request's use of the table, and the function's cost compared with a peer that does less."""

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
# For a small task with its entry in the index of changes; MOST_UNITS also covers a large task.
UNITS = {"GET": 1, "GET, a list of 100": 3.5}
MOST_UNITS = 4
MEGABYTE = 2**20
WHY_WARM = (
    "two fifths of it is botocore's own work for one signed request; the peer, which does less, needs more in total. "
    "The rest is Django's middleware, DRF's negotiation and Zappa's WSGI. Caching verified "
    "tokens and composed names already helped."
)
WHY_FIRST = (
    "it imports all of Django, DRF and Zappa's handler, of which the service uses little, where the peer imports "
    "FastAPI and pydantic. Both load botocore's model of DynamoDB."
)


def figures() -> Iterator[Figure]:
    yield from _table_usage()
    yield from _costs()
    with tempfile.TemporaryDirectory() as folder:
        size = zipped(Path(folder, "api")).stat().st_size
    yield Figure("API: the function's zip, without boto3", size / MEGABYTE, "MiB", at_most(10))


def _table_usage() -> Iterator[Figure]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.routes"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    for usage in map(json.loads, done.stdout.splitlines()):
        name = usage["name"]
        yield Figure(f"API: calls to the table, {name}", usage["calls"], "", at_most(_calls(name)))
        if usage["units"] is not None:
            yield Figure(f"API: units of the table, {name}", usage["units"], "", _units(name))


def _calls(name: str) -> int:
    return 2 if name.endswith("replayed") else CALLS.get(name, 1)


def _units(name: str) -> Aim:
    return at_most(UNITS.get(name, MOST_UNITS))


def _costs() -> Iterator[Figure]:
    """Measures both in one run, each as its own Lambda handler. A fake below botocore replaces DynamoDB for both."""
    packages, keys = Packages.built(), KeyServer()
    try:
        api, peer = packages.cost("api", keys), packages.cost("peer", keys)
    finally:
        keys.close()
    counted: Any = api.unit == "instructions"
    million = 1_000_000 if counted else 0.000001
    unit = "M instructions" if counted else "us of CPU"
    yield Figure("API: warm GET", api.each / million, unit, at_most(5) if counted else None, WHY_WARM)
    yield Figure("API: warm GET, peer", peer.each / million, unit)
    yield Figure("API: warm GET relative to the peer's", api.each / peer.each, "x", at_most(1.1), WHY_WARM)
    yield Figure("API: import and first request", api.first / million, unit)
    yield Figure("API: import and first request, peer", peer.first / million, unit)
    yield Figure(
        "API: import and first request relative to the peer's", api.first / peer.first, "x", at_most(0.8), WHY_FIRST
    )
