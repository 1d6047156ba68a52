"""`python -m tests.engines [--endpoint URL]`: the API's tests on DynamoDB Local, dbt's statements on a real Trino.

With a URL the API's tests run on the DynamoDB there instead; its `todo-app-data` is replaced. What can't be had
here is named and left out; the exit code is 1 if a test failed.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

from infra.packaging import ROOT
from tests.engines import dynamodb, trino
from tests.engines.downloads import UnavailableError

API = ("tests/api", "tests/unit/tasks")
GOLD = ("tests/engines/gold_on_trino.py",)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.engines", description=__doc__)
    parser.add_argument("--endpoint", metavar="URL", help="a DynamoDB that runs already")
    endpoint = parser.parse_args().endpoint
    parts = (lambda: api_on_dynamodb(endpoint), gold_on_trino)
    return max([_unless_unavailable(part) for part in parts])


def api_on_dynamodb(endpoint: str | None) -> int:
    with tempfile.TemporaryDirectory() as folder:
        known = nullcontext(endpoint) if endpoint else dynamodb.running_dynamodb(Path(folder, "dynamodb.log"))
        with known as address:
            return _pytest(*API, "--dynamodb-endpoint", str(address))


def gold_on_trino() -> int:
    trino.installed()
    trino.java()
    return _pytest(*GOLD)


def _unless_unavailable(part: Callable[[], int]) -> int:
    try:
        return part()
    except UnavailableError as error:
        print(f"Skipped: {error}", file=sys.stderr)
        return 0


def _pytest(*arguments: str) -> int:
    return subprocess.run([sys.executable, "-m", "pytest", "-q", *arguments], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
