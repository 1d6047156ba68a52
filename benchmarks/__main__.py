"""`python -m benchmarks [PART...]` measures the parts. Without any, measures all and writes the page."""

import argparse
from collections.abc import Callable, Iterator

from benchmarks import api, cdc, lake, load, scale
from benchmarks.figures import Figure
from benchmarks.report import line, write

PARTS: dict[str, Callable[[], Iterator[Figure]]] = {
    "api": api.figures,
    "cdc": cdc.figures,
    "lake": lake.figures,
    "load": load.figures,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", type=_part, help="measure only these, and write nothing")
    chosen = parser.parse_args().parts
    measured = []
    for name in chosen or PARTS:
        for figure in PARTS[name]():
            measured.append(figure)
            print(line(figure), flush=True)
    if not chosen:
        print(f"Written: {write(measured)}, {scale.write()}")


def _part(text: str) -> str:
    if text not in PARTS:
        raise argparse.ArgumentTypeError(f"{text!r} is not one of {', '.join(PARTS)}")
    return text


if __name__ == "__main__":
    main()
