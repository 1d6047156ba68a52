from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

import boto3
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cdc_lambda.change_event import ChangeEventMapper
from cdc_lambda.firehose import FirehoseDelivery
from cdc_lambda.redrive import DeadLetters
from glue.lake import Lake
from glue.operations import redrive


class Command(BaseCommand):
    help = "Redelivers events that never reached silver, from quarantine and the CDC's failure queue. Safe to repeat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--only", choices=("quarantine", "undelivered"), help="redrive only this source (default: both)"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        if options["only"] != "undelivered":
            self._quarantine()
        if options["only"] != "quarantine":
            self._undelivered()

    def _quarantine(self) -> None:
        target = Lake(boto3.client("s3"), boto3.client("glue"), settings.LAKE_BUCKET, settings.SILVER_DATABASE)
        done = redrive.redrive(target, datetime.now(UTC))
        self.stdout.write(
            f"Quarantine: {done.rows} rows, {done.put} put back into bronze, {done.rows - done.put} remain."
        )

    def _undelivered(self) -> None:
        if not settings.UNDELIVERED_QUEUE_URL or not settings.DELIVERY_STREAM_NAME:
            raise CommandError("Set UNDELIVERED_QUEUE_URL and DELIVERY_STREAM_NAME to the outputs of the ingest stack.")
        secret = boto3.client("secretsmanager").get_secret_value(SecretId=settings.USER_KEY_SECRET_ID)["SecretString"]
        letters = DeadLetters(
            sqs=boto3.client("sqs"),
            streams=boto3.client("dynamodbstreams"),
            queue_url=settings.UNDELIVERED_QUEUE_URL,
            mapper=ChangeEventMapper(secret.encode()),
            delivery=FirehoseDelivery(boto3.client("firehose"), settings.DELIVERY_STREAM_NAME),
        )
        done = letters.redrive()
        for reason in done.kept:
            self.stdout.write(f"Remains in the queue: {reason}.")
        self.stdout.write(
            f"Undelivered: {done.messages} messages, {done.delivered} events delivered, "
            f"{done.filtered} records without an event, {len(done.kept)} messages remain."
        )
