"""Runs seeds of the fault simulator.

    python -m tests.faults [--seeds 200] [--start 0] [--jobs 2]

Exits with 1 after a violation, which it prints with its seed and the shortest history that shows it.
"""

import argparse
import os
import sys
import time
from importlib import import_module
from typing import Any

from tests.support.environment import prepare


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=200, help="how many (200)")
    parser.add_argument("--start", type=int, default=0, help="the first (0)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes (one a processor)")
    given = parser.parse_args()
    if os.environ.get("PYTHONHASHSEED") != "0":
        # The order of a set of texts would differ from process to process.
        os.execve(
            sys.executable, [sys.executable, "-m", "tests.faults", *sys.argv[1:]], {**os.environ, "PYTHONHASHSEED": "0"}
        )
    prepare().close()
    # Django's settings want the environment first, and the product's modules want Django.
    import_module("django").setup()
    return campaign(import_module("tests.faults.campaign").totals, given)


def campaign(totals: Any, given: argparse.Namespace) -> int:
    began = last = time.perf_counter()

    def tell(so_far: Any) -> None:
        nonlocal last
        now = time.perf_counter()
        if now - last > 5:
            last = now
            left = (now - began) / so_far.seeds * (given.seeds - so_far.seeds)
            print(
                f"{so_far.seeds} of {given.seeds} seeds, {len(so_far.findings)} violations, {left:.0f} s left",
                flush=True,
            )

    found = totals(range(given.start, given.start + given.seeds), given.jobs, tell)
    for finding in found.findings:
        print("\n".join(finding.lines()), end="\n\n")
    print("\n".join(found.lines(time.perf_counter() - began)))
    return 1 if found.findings or found.rare() else 0


if __name__ == "__main__":
    sys.exit(main())
