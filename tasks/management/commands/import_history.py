from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from tasks.imports.history_csv import COLUMNS, read_csv
from tasks.management.replaying import ReplayingCommand


class Command(ReplayingCommand):
    help = (
        f"Replays a history, a CSV or CSV.gz file with the columns {', '.join(COLUMNS)}: a user per owner, "
        "a write per row. It can be stopped and run again; bad rows are named on stderr and skipped."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--email-domain", default="example.com", help="of the owners' e-mail addresses")
        parser.add_argument("--password", help="for all the owners; without it they can't sign in yet")

    def handle(self, *_: Any, **options: Any) -> None:
        self.replay(read_csv(options["file"]), email_domain=options["email_domain"], password=options["password"])
