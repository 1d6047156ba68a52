from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from pyathena.error import Error
from pynamodb.exceptions import PynamoDBException

from glue.lake import metrics
from tasks.accounts import identity
from tasks.insights import reconciliation
from tasks.insights.athena import AthenaGold
from tasks.insights.reconciliation import IN_FLIGHT, Finding
from tasks.models import Publication, User


class Command(BaseCommand):
    help = (
        "Compares the current state of every task in the table with gold. Lists changes since the last pass as in "
        "flight; lists any other difference and exits with code 1."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--all", action="store_true", help="find users by a scan of the table instead of Cognito's list"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        last = Publication.last()
        if last is None:
            raise CommandError("No pass has published insights yet, so there is nothing to compare with.")
        try:
            subs = User.all_subs() if options["all"] else identity.subs()
            counts = self._report(reconciliation.reconcile(AthenaGold(), subs, passed_at=last.started_at))
            self._measure(counts)
        except (ClientError, BotoCoreError, PynamoDBException, Error) as error:
            raise CommandError(str(error)) from error
        summary = f"{counts['compared']} tasks compared, {counts['in flight']} in flight"
        if counts["differences"]:
            raise CommandError(f"{summary}, {counts['differences']} differences.")
        self.stdout.write(f"{summary}, no differences.")

    def _report(self, found: Iterator[Finding | int]) -> Counter[str]:
        counts: Counter[str] = Counter()
        for one in found:
            if isinstance(one, int):
                counts["compared"] += one
                continue
            counts["in flight" if one.kind == IN_FLIGHT else "differences"] += 1
            self.stdout.write(f"{one.kind}: user {one.user_key} task {one.task_id or '-'} {one.detail}")
        return counts

    def _measure(self, counts: Counter[str]) -> None:
        names = {"ReconcileDifferences": "differences", "ReconcileInFlight": "in flight", "ReconcileTasks": "compared"}
        cloudwatch = boto3.client("cloudwatch", region_name=settings.REGION)
        metrics.put(cloudwatch, {name: counts[key] for name, key in names.items()})
