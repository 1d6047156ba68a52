"""Compares every relation of gold with the file of an imported history, or with bronze.

    python -m tests.pipeline.compare FILE [--email-domain example.com] [--env .local/env]
    python -m tests.pipeline.compare --bronze [--env .local/env]

Makes a pass of its own first, whose clock it knows. FILE must be all that was ever imported or written.
Exits with 1 and shows rows that differ.
"""

import argparse
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from tests.pipeline import from_file, gold
from tests.support.replay import Event
from tests.support.running import RunningStack, read_env_file

SHOWN = 3


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("file", type=Path, nargs="?")
    source.add_argument("--bronze", action="store_true")
    parser.add_argument("--email-domain", default="example.com")
    parser.add_argument("--env", type=Path, default=Path(".local/env"))
    arguments = parser.parse_args()
    stack = RunningStack(read_env_file(arguments.env))
    as_of = datetime.now(UTC).replace(microsecond=0)
    stack.manage("runpipeline", "--as-of", as_of.isoformat())
    if arguments.bronze:
        return compare(stack, gold.in_bronze(stack), as_of, gold.Scope())
    events = from_file.events(from_file.read(arguments.file), gold.user_ids(stack, arguments.email_domain))
    return compare(stack, events, as_of, gold.of_an_import(stack, arguments.email_domain, alone=True))


def compare(stack: RunningStack, events: Iterable[Event], as_of: datetime, scope: gold.Scope) -> int:
    """Prints a line for each relation; answers 1 when one differs."""
    expected = gold.expected(events, as_of)
    different = 0
    for relation in gold.ALL_COLUMNS:
        wanted = scope.rows(relation, expected[relation])
        there = scope.rows(relation, gold.found(stack, relation))
        equal = wanted == there
        different += not equal
        print(f"{relation:32} {sum(wanted.values()):7} rows {'equal' if equal else 'DIFFERENT'}")
        for sign, rows in (("-", wanted - there), ("+", there - wanted)):
            for row in list(rows)[:SHOWN]:
                print(f"  {sign} {row}")
    print(f"{len(gold.ALL_COLUMNS) - different} relations equal, {different} different, as of {as_of.isoformat()}")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
