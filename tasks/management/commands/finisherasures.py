from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tasks.accounts import erasure
from tasks.models import instants


class Command(BaseCommand):
    help = "Goes on with every account's erasure that is not over; each pipeline pass does the same. Safe to repeat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--restored",
            action="store_true",
            help="the table is an older one: first erase again whoever has items but no Cognito user",
        )

    def handle(self, *_: Any, **options: Any) -> None:
        now = instants.now()
        if options["restored"]:
            self._repeat(now)
        deleted = erasure.finish_all(now)
        self.stdout.write(f"Items deleted: {deleted}.")

    def _repeat(self, now: datetime) -> None:
        try:
            again = erasure.repeat_after_restore(now)
        except erasure.NobodyKnownError as error:
            raise CommandError("The user pool holds no account: is USER_POOL_ID the pool of this table?") from error
        self.stdout.write(f"Accounts erased again: {again}.")
