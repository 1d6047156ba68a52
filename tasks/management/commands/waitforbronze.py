from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from glue.operations.wait_for_bronze import BronzeLagError, wait_for_bronze


class Command(BaseCommand):
    help = "Waits until all writes completed before now are in bronze: the first step of a pass."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--timeout", type=float, default=300.0, help="seconds (default: 300)")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            wait_for_bronze(
                table=settings.TABLE_NAME,
                bucket=settings.LAKE_BUCKET,
                user_key_secret_id=settings.USER_KEY_SECRET_ID,
                timeout=options["timeout"],
            )
        except BronzeLagError as error:
            raise CommandError(str(error)) from error
