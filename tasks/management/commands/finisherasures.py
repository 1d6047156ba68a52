from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tasks.accounts import erasure
from tasks.models import instants


class Command(BaseCommand):
    help = "Continues all unfinished erasures of accounts, as each pipeline pass does. Safe to repeat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--restored",
            action="store_true",
            help="after restoring an older table: first erase again the users who have items but no Cognito user",
        )

    def handle(self, *_: Any, **options: Any) -> None:
        now = instants.now()
        if options["restored"]:
            self._erase_restored(now)
        deleted = erasure.finish_all(now)
        self.stdout.write(f"Items deleted: {deleted}.")

    def _erase_restored(self, now: datetime) -> None:
        try:
            erased = erasure.repeat_after_restore(now)
        except erasure.EmptyUserPoolError as error:
            raise CommandError("The user pool has no accounts. Is USER_POOL_ID the pool of this table?") from error
        self.stdout.write(f"Accounts erased again: {erased}.")
