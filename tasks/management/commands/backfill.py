from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

import boto3
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cdc_lambda.change_event import ChangeEventMapper
from glue.lake import Lake
from glue.operations.backfill import ExportError, backfill


class Command(BaseCommand):
    help = (
        "Makes the events that the stream lost of an export of the table, as far as they are its items' newest "
        "versions. Wait for a pass before it, so that what only lags is not made. Safe to repeat."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("export", help="the export's folder: s3://BUCKET/PREFIX/AWSDynamoDB/EXPORT-ID/")

    def handle(self, *_: Any, **options: Any) -> None:
        target = Lake(boto3.client("s3"), boto3.client("glue"), settings.LAKE_BUCKET, settings.SILVER_DATABASE)
        secret = boto3.client("secretsmanager").get_secret_value(SecretId=settings.USER_KEY_SECRET_ID)["SecretString"]
        try:
            done = backfill(target, options["export"], ChangeEventMapper(secret.encode()), datetime.now(UTC))
        except ExportError as error:
            raise CommandError(str(error)) from error
        for reason in sorted(set(done.poison)):
            self.stdout.write(f"{done.poison.count(reason)} items make no event: {reason}.")
        self.stdout.write(
            f"{done.items} items: {done.made} events made, {done.held} in silver already, "
            f"{done.technical} of no entity that flows, {len(done.poison)} that make none."
        )
