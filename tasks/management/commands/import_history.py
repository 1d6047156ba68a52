from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from tasks.imports.history_csv import COLUMNS, read_csv
from tasks.management.replaying import ReplayingCommand


class Command(ReplayingCommand):
    help = (
        f"Replays a history from a CSV or CSV.gz file with the columns {', '.join(COLUMNS)}: one user per owner, "
        "one write per row. Reports bad rows on stderr and skips them. Safe to stop and run again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--email-domain",
            default="example.com",
            help="domain of the owners' e-mail addresses (default: example.com)",
        )
        parser.add_argument("--password", help="password of all owners; without one they can't sign in yet")

    def handle(self, *_: Any, **options: Any) -> None:
        self.replay(read_csv(options["file"]), email_domain=options["email_domain"], password=options["password"])
