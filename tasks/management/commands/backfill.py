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
        "Recreates lost events from an export of the table, one for each item's current version. Run a pass first, "
        "so that events still in flight are not recreated. Safe to repeat."
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
            self.stdout.write(f"{done.poison.count(reason)} invalid items: {reason}.")
        self.stdout.write(
            f"{done.items} items: {done.made} events created, {done.held} already in silver, "
            f"{done.technical} without change events, {len(done.poison)} invalid."
        )
