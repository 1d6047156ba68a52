"""`python -m tests [LAYER ...]`: the tests of these layers, or of all, in TEST_JOBS (2) processes."""

import argparse
import os
import subprocess
import sys

from tests.support.layers import LAYERS, TESTS

# On two processors, with what earlier runs have built; the first run in a clone takes some minutes more.
MINUTES = {"unit": 2, "integration": 12, "system": 12}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests", description=__doc__)
    parser.add_argument("layers", nargs="*", choices=[*LAYERS, []], metavar="LAYER", help=", ".join(LAYERS))
    parser.add_argument("--seeds", type=int, default=0, help="of the fault simulator, which are run first (none)")
    given = parser.parse_args()
    layers = given.layers or list(LAYERS)
    minutes = sum(MINUTES[layer] for layer in layers)
    print(f"Tests: {', '.join(layers)}. About {minutes} min on two processors.", flush=True)
    if given.seeds and subprocess.call([sys.executable, "-m", "tests.faults", "--seeds", str(given.seeds)]):
        sys.exit(1)
    folders = [str(TESTS / folder) for layer in layers for folder in LAYERS[layer]]
    # The unit tests are done before a second process has begun.
    jobs = "0" if layers == ["unit"] else os.environ.get("TEST_JOBS") or "2"
    spread = ["--numprocesses", jobs, "--dist", "loadscope", "--no-loadscope-reorder"]
    os.execv(sys.executable, [sys.executable, "-m", "pytest", *spread, *folders])


if __name__ == "__main__":
    main()
