"""Gold, read through Athena."""

import datetime
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from pyathena import connect
from pyathena.cursor import DictCursor


class AthenaGold:
    """The gold database of this deployment."""

    def __init__(self) -> None:
        self._connection = connect(
            region_name=settings.REGION,
            work_group=settings.ATHENA_WORKGROUP,
            schema_name=settings.GOLD_DATABASE,
            poll_interval=0.1,
            cursor_class=DictCursor,
        )

    def rows(self, relation: str) -> Iterator[dict[str, Any]]:
        """All rows of a relation; dates and times as ISO 8601 text. Raises pyathena's errors."""
        cursor = self._connection.cursor()
        cursor.execute(f"select * from {relation}")  # noqa: S608  (a name of ours, not input)
        for row in cursor:
            yield {column: _plain(value) for column, value in row.items()}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime.date) else value
