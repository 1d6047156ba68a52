from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from glue.job.spec import SilverJobError
from glue.operations.wait_for_bronze import BronzeLagError
from infra.local.pipeline import PassFailedError, Pipeline
from tasks.accounts import erasure
from tasks.insights import metrics, publishing
from tasks.insights.athena import AthenaGold
from tasks.management.instant_argument import instant
from tasks.models import instants
from todo_project.problems import Unavailable


class Command(BaseCommand):
    help = "Runs a pipeline pass on this machine: waits for bronze, builds silver and gold, publishes. Safe to repeat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--as-of", type=instant, help="the time of the figures, such as 2026-11-22T12:00:00.000Z (default: now)"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        started_at = instants.now()

        def publish(as_of: str) -> int:
            gold = AthenaGold()
            done = publishing.publish(gold, as_of=as_of, started_at=started_at)
            metrics.put(gold)
            return done.users

        pipeline = Pipeline(
            table=settings.TABLE_NAME,
            bucket=settings.LAKE_BUCKET,
            silver_database=settings.SILVER_DATABASE,
            user_key_secret_id=settings.USER_KEY_SECRET_ID,
            lock=Path(settings.LOCAL_DIR, "pipeline.lock"),
            publish=publish,
        )
        as_of = instants.format_instant(options["as_of"] or started_at)
        try:
            swept = erasure.finish_all(started_at)
            if swept:
                self._say(f"Erased accounts: deleted {swept} items that appeared after the erasure.")
            pipeline.run(as_of=as_of, say=self._say)
        except (PassFailedError, SilverJobError, BronzeLagError, Unavailable, BotoCoreError, ClientError) as error:
            raise CommandError(str(error)) from error

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
