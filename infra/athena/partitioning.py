"""Hidden partitioning of Iceberg tables: each file has one value of every transform of a column.

Athena's `partitioning` table property: https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-creating-tables.html
"""

import re
from typing import Final

from .catalog import Column
from .errors import QueryError
from .types import quoted

_TRANSFORM: Final = re.compile(r"(?:(year|month|day)\()?([a-z_][a-z0-9_]*)\)?")


def expressions(transforms: list[str], columns: list[Column]) -> dict[str, str]:
    """For each transform, the DuckDB column `expression AS name` and its name. Raises QueryError."""
    known = {column.name for column in columns}
    found = {}
    for number, text in enumerate(transforms):
        match = _TRANSFORM.fullmatch(text.lower())
        if match is None or (match[1] is None) == ("(" in text):
            raise QueryError(
                "NOT_SUPPORTED", f"the local Athena endpoint partitions by year, month or day, not by {text}"
            )
        part, column = match.groups()
        if column not in known:
            raise QueryError("INVALID_TABLE_PROPERTY", f"line 1:1: Column not found for partition field: {text}")
        name = f"partition_{number}"
        value = f"date_trunc('{part}', {quoted(column)})" if part else quoted(column)
        found[f"{value} AS {name}"] = name
    return found
