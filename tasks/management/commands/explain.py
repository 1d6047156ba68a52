import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.core.management.base import BaseCommand, CommandError
from pyathena.error import Error

from tasks.accounts import identity, user_keys
from tasks.insights import explain
from tasks.insights.athena import AthenaGold


class Command(BaseCommand):
    help = "Lists the events behind a user's figures in an insight, as of the last pass."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("insight", choices=explain.NAMES)
        parser.add_argument("--user", required=True, help="e-mail address or Cognito sub")
        parser.add_argument("--json", action="store_true", help="print a JSON object per line, with more columns")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            sub = identity.sub_of(options["user"])
            if sub is None:
                raise CommandError("Cognito has no such user.")
            found = explain.causes(AthenaGold(), options["insight"], user_keys.user_key(sub))
        except (ClientError, BotoCoreError, Error) as error:
            raise CommandError(str(error)) from error
        for cause in found:
            self.stdout.write(json.dumps(asdict(cause)) if options["json"] else _line(cause))
        self.stderr.write(f"{len(found)} events")


def _line(cause: explain.Cause) -> str:
    after = "deleted" if cause.event_name == "remove" else cause.status_after or "-"
    return f"{cause.changed_at}  {cause.event_id}  {cause.status_before or '-'} -> {after}"
