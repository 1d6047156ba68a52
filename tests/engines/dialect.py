"""Athena's statements as Trino takes them: the queries as they are, but without what says where a table's files lie.

https://docs.aws.amazon.com/athena/latest/ug/create-table-as.html
"""

import re
from collections.abc import Iterator

from tests.engines.trino import HIVE, ICEBERG

CREATE = re.compile(
    r'create table\s+"awsdatacatalog"\.(\S+)\s+with \((.*?)\n\s*\)\s*\n\s*as\b', re.DOTALL | re.IGNORECASE
)
# How an Iceberg table is partitioned, which both say alike.
PARTITIONING = re.compile(r"\bpartitioning\s*=\s*ARRAY\[.*?\]", re.IGNORECASE)
SCHEMA = re.compile(r"create schema if not exists `(\w+)`", re.IGNORECASE)
# What says nothing to a query: a property of Glue's table.
ONLY_GLUES = re.compile(r"alter table \S+ set tblproperties", re.IGNORECASE)
# A table made beside the one that readers see, which the catalogue then points at the new files.
BESIDE = "__ha"


class Dialect:
    """Translates a transcript's statements one by one; knows which relations were made as Iceberg tables."""

    def __init__(self) -> None:
        self._iceberg: set[str] = set()

    def statements(self, sql: str) -> Iterator[str]:
        """What to say to Trino in place of one statement."""
        sql = sql.rstrip().rstrip(";")
        if ONLY_GLUES.search(sql):
            return
        if schema := SCHEMA.search(sql):
            yield from (f'CREATE SCHEMA IF NOT EXISTS {catalogue}."{schema[1]}"' for catalogue in (HIVE, ICEBERG))
        elif created := CREATE.search(sql):
            relation = self._home(created[1], iceberg="'iceberg'" in created[2])
            partitioning = PARTITIONING.search(created[2])
            kept = f"WITH ({partitioning[0]}) " if partitioning else ""
            yield f"DROP TABLE IF EXISTS {relation}"
            yield self._placed(f"CREATE TABLE {relation} {kept}AS {sql[created.end() :]}")
        else:
            yield self._placed(sql)

    def _home(self, name: str, *, iceberg: bool) -> str:
        name = name.replace(f'{BESIDE}"', '"')
        if iceberg:
            self._iceberg.add(name)
        return f"{ICEBERG if iceberg else HIVE}.{name}"

    def _placed(self, sql: str) -> str:
        for name in self._iceberg:
            sql = sql.replace(f'"{HIVE}".{name}', f'"{ICEBERG}".{name}')
        return sql
