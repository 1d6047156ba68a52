"""`make fuzz`: 20,000 generated requests over 5 seeds against the system that `make up` started."""

import argparse
import os
import sys

from tests.fuzz.campaign import ERASURE_CONFIG, Run, run
from tests.support.running import RunningStack


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seeds", type=int, default=5, help="runs, each with a seed and a user of its own (5)")
    parser.add_argument("--cases", type=int, default=20_000, help="requests in all, at least (20,000)")
    parser.add_argument("--examples", type=int, default=220, help="per route and run (220)")
    options = parser.parse_args()
    stack = RunningStack(dict(os.environ))
    cases, failed = 0, 0
    for seed in range(1, options.seeds + 1):
        for each in (run(stack, seed=seed, examples=options.examples), erasures(stack, seed)):
            cases += each.cases
            if not each.passed:
                failed += 1
                print(each.report)
        print(f"seed {seed}: {cases} requests so far, {failed} runs with failures", flush=True)
    if cases < options.cases:
        print(f"Only {cases} requests: raise --examples.", file=sys.stderr)
    return int(failed > 0 or cases < options.cases)


def erasures(stack: RunningStack, seed: int) -> Run:
    return run(stack, seed=seed, examples=20, config=ERASURE_CONFIG)


if __name__ == "__main__":
    sys.exit(main())
