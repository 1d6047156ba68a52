"""Zappa's command line without its check for a newer version on PyPI, because the version here is locked."""

import sys

from zappa import cli


def main() -> None:
    cli.ZappaCLI.check_for_update = lambda _self: None
    sys.argv[0] = "zappa"
    cli.handle()


if __name__ == "__main__":
    main()
