"""Compares gold with the file of an imported history, figure by figure.

    python -m tests.pipeline.compare FILE [--email-domain example.com] [--env .local/env]

Exits with 1 and names the owners whose figures differ. The organisation is compared when nothing else was imported.
"""

import argparse
import sys
from pathlib import Path

from tests.pipeline import from_file, from_gold
from tests.pipeline.figures import Figures
from tests.pipeline.running import RunningStack, read_env_file


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--email-domain", default="example.com")
    parser.add_argument("--env", type=Path, default=Path(".local/env"))
    arguments = parser.parse_args()
    stack = RunningStack(read_env_file(arguments.env))
    expected = from_file.figures_by_owner(from_file.read(arguments.file))
    found = from_gold.figures_by_owner(stack, arguments.email_domain)
    found["*"] = from_gold.organisation(stack)
    different = [owner for owner in sorted(expected) if found.get(owner) != expected[owner]]
    for owner in sorted(expected):
        print(_line(owner, expected[owner], "differs" if owner in different else "equal"))
        if owner in different:
            print(_line("  in gold", found.get(owner, Figures()), ""))
    print(f"{len(expected) - len(different)} equal, {len(different)} different")
    return 1 if different else 0


def _line(name: str, figures: Figures, verdict: str) -> str:
    statuses = " ".join(f"{status}={n}" for status, n in sorted(figures.statuses.items()))
    n, p50, p85, p95 = figures.lead
    return f"{name:12} {statuses}; {len(figures.weeks)} weeks; lead n={n} p50={p50} p85={p85} p95={p95} {verdict}"


if __name__ == "__main__":
    sys.exit(main())
