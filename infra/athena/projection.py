"""Partition projection: partitions that a table's properties describe, and the catalog does not list.

https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html (the type `date`)
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from .catalog import Partition, Table, partition_folder
from .errors import QueryError

RELATIVE = re.compile(r"NOW(?:\s*([+-])\s*(\d+)\s*DAYS?)?", re.IGNORECASE)
FORMAT = "yyyy-MM-dd"


def is_projected(table: Table) -> bool:
    return table.parameters.get("projection.enabled", "").lower() == "true"


def projected(table: Table) -> list[Partition]:
    """A partition for each day of the range, even if its folder is empty.

    Raises QueryError for several keys, and for other types and formats.
    """
    names = [key.name for key in table.partition_keys]
    properties = {
        name: table.parameters.get(f"projection.{names[0]}.{name}", "") for name in ("type", "format", "range")
    }
    if len(names) != 1 or properties["type"] != "date" or properties["format"] != FORMAT:
        raise QueryError("NOT_SUPPORTED", f"Partition projection of {table.name}: only one key, a date as {FORMAT}.")
    first, _, last = properties["range"].partition(",")
    template = table.parameters.get("storage.location.template", "").rstrip("/")
    return [
        Partition((day.isoformat(),), _location(table, template, day.isoformat()))
        for day in _days(_day(first), _day(last))
    ]


def _location(table: Table, template: str, value: str) -> str:
    if template:
        return template.replace(f"${{{table.partition_keys[0].name}}}", value)
    return f"{table.location}/{partition_folder(table.partition_keys, (value,))}"


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def _day(text: str) -> date:
    relative = RELATIVE.fullmatch(text.strip())
    if relative is None:
        return date.fromisoformat(text.strip())
    sign, days = relative.groups()
    today = datetime.now(UTC).date()
    return today if days is None else today + int(f"{sign}{days}") * timedelta(days=1)
