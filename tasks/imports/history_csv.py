"""A history as rows: one change of one task each. Read from a CSV file or made by `tasks.sample`."""

import csv
import gzip
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from rest_framework.exceptions import ValidationError

from tasks.api.serializers import TaskSerializer
from tasks.models.instants import format_instant, now, parse_instant

COLUMNS = ["timestamp", "task", "owner", "status", "priority", "category", "title"]
OWNER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}", re.ASCII)
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LONGEST_TASK_NAME = 200


class UnreadableHistoryError(Exception):
    """The file as a whole can't be used; the text says why."""


class BadRowError(Exception):
    """A row that can't be applied; the text says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """What a task became at a time. `values` are the API's fields; with `deleted` there are none.

    `line` is where the row ends in its file, for reports.
    """

    line: int
    owner: str
    task: str
    changed_at: datetime
    values: Mapping[str, Any] = field(default_factory=dict)
    deleted: bool = False

    def digest(self, occurrence: int) -> str:
        """Short name of the row's content; `occurrence` tells apart the equal rows of a task."""
        content = [self.owner, self.task, format_instant(self.changed_at), self.deleted, sorted(self.values.items())]
        return hashlib.sha256(repr((content, occurrence)).encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class BadRow:
    line: int
    reason: str


def read_csv(path: Path) -> Iterator[Row | BadRow]:
    """The rows of a CSV or CSV.gz file, in its order. Raises UnreadableHistoryError."""
    try:
        with open_text(path) as file:
            yield from _read(file)
    except (OSError, EOFError) as error:
        raise UnreadableHistoryError(f"{path} can't be read: {error}") from error


def open_text(path: Path) -> IO[str]:
    """The file as UTF-8; bytes that aren't become surrogates, which make their row a bad one."""
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", errors="surrogateescape", newline="")
    return path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")


def _read(file: IO[str]) -> Iterator[Row | BadRow]:
    reader = csv.reader(file, strict=True)
    if next(reader, None) != COLUMNS:
        raise UnreadableHistoryError(f"The first line must be: {','.join(COLUMNS)}")
    first_line = reader.line_num + 1
    while True:
        try:
            cells = next(reader)
            if cells:
                yield parse_row(cells, reader.line_num)
        except StopIteration:
            return
        except (csv.Error, BadRowError) as error:
            lines = f" (the row began in line {first_line})" if first_line < reader.line_num else ""
            yield BadRow(reader.line_num, f"{error}{lines}")
        first_line = reader.line_num + 1


def parse_row(cells: list[str], line: int) -> Row:
    """A row from its cells. Raises BadRowError."""
    if len(cells) != len(COLUMNS):
        raise BadRowError(f"there are {len(cells)} columns, not {len(COLUMNS)}")
    if any("\ud800" <= character <= "\udfff" for cell in cells for character in cell):
        raise BadRowError("it is not UTF-8")
    row = dict(zip(COLUMNS, cells, strict=True))
    if not OWNER.fullmatch(row["owner"]):
        raise BadRowError("owner: must do as the first part of an e-mail address")
    if not row["task"].strip() or len(row["task"]) > LONGEST_TASK_NAME:
        raise BadRowError(f"task: must have 1 to {LONGEST_TASK_NAME} characters")
    return Row(line, row["owner"], row["task"], _time(row["timestamp"]), _values(row))


def _time(text: str) -> datetime:
    try:
        instant = parse_instant(text)
    except (ValueError, OverflowError) as error:
        raise BadRowError("timestamp: must be an ISO 8601 time with an offset") from error
    if not EARLIEST <= instant <= now():
        raise BadRowError("timestamp: must lie between 1970 and now")
    return instant


def _values(row: Mapping[str, str]) -> dict[str, Any]:
    """The fields as the API would take them; an empty category is none."""
    sent = {name: row[name] for name in ("title", "status", "priority")}
    serializer = TaskSerializer(data={**sent, "category": row["category"] or None})
    try:
        serializer.is_valid(raise_exception=True)
    except ValidationError:
        reasons = (f"{name}: {' '.join(map(str, messages))}" for name, messages in serializer.errors.items())
        raise BadRowError("; ".join(reasons)) from None
    return dict(serializer.validated_data)
