from argparse import ArgumentParser
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.core.management.base import BaseCommand, CommandError
from pyathena.error import Error

from tasks.insights import metrics, publishing
from tasks.insights.athena import AthenaGold
from tasks.management.instant_argument import instant
from tasks.models import instants
from todo_project.problems import Unavailable


class Command(BaseCommand):
    help = (
        "Publishes the insights of all users that are due, and the business metrics: the last step of a pass. "
        "Safe to repeat."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--as-of",
            type=instant,
            required=True,
            help="the time that gold was built for, such as 2026-11-22T12:00:00.000Z",
        )

    def handle(self, *_: Any, **options: Any) -> None:
        as_of, gold = options["as_of"], AthenaGold()
        try:
            done = publishing.publish(gold, as_of=instants.format_instant(as_of), started_at=as_of)
            metrics.put(gold)
        except (BotoCoreError, ClientError, Error, Unavailable) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{done.users} users published.")
