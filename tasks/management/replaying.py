"""The base of the two commands that replay a history."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.core.management.base import BaseCommand, CommandError
from pynamodb.exceptions import PynamoDBException

from tasks.imports.history_csv import BadRow, Row, UnreadableHistoryError
from tasks.imports.history_import import Tally, replay


class ReplayingCommand(BaseCommand):
    """Replays rows, shows the progress and prints a summary."""

    def replay(self, rows: Iterable[Row | BadRow], **options: Any) -> None:
        bad: list[BadRow] = []
        try:
            good = list(self._good(rows, bad))
            self.stdout.write(f"{len(good) + len(bad)} rows read, {len(bad)} bad")
            tally = replay(good, report=self._report, progress=self._progress(), **options)
        except KeyboardInterrupt:
            raise CommandError("Stopped. Run it again to continue.") from None
        except UnreadableHistoryError as error:
            raise CommandError(str(error)) from error
        except (PynamoDBException, ClientError, BotoCoreError) as error:
            raise CommandError(f"Stopped: {error} Run it again to continue.") from error
        if bad and not good:
            raise CommandError(f"None of the {len(bad)} rows is usable; the lines above say why.")
        self.stdout.write(
            f"{tally.applied} rows applied, {tally.already_there} already there, {tally.bad + len(bad)} bad"
        )

    def _good(self, rows: Iterable[Row | BadRow], bad: list[BadRow]) -> Iterator[Row]:
        for row in rows:
            if isinstance(row, Row):
                yield row
            else:
                bad.append(row)
                self._report(row)

    def _report(self, row: BadRow) -> None:
        self.stderr.write(f"line {row.line}: {row.reason}")

    def _progress(self) -> Callable[[Tally], None]:
        started = time.monotonic()

        def show(tally: Tally) -> None:
            rate = tally.written / (time.monotonic() - started)
            left = (tally.total - tally.written) / rate if rate else 0
            self.stdout.write(f"  {tally.written} of {tally.total} writes, {rate:.0f}/s, {left:.0f} s left")

        return show
