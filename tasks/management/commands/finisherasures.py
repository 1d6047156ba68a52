from typing import Any

from django.core.management.base import BaseCommand

from tasks import erasure, instants


class Command(BaseCommand):
    help = "Goes on with every account's erasure that is not over; each pipeline pass does the same. Safe to repeat."

    def handle(self, *_: Any, **__: Any) -> None:
        deleted = erasure.finish_all(instants.now())
        self.stdout.write(f"Items deleted: {deleted}.")
