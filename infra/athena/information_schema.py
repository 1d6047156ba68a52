"""`information_schema`: the catalog as tables of a session."""

from collections.abc import Sequence

import duckdb

from .catalog import Catalog
from .types import quoted

SCHEMA = "trino_information_schema"
CATALOG = "awsdatacatalog"


def create(connection: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
    """Creates SCHEMA with `schemata`, `tables` and `columns` from the catalog."""
    schemata, tables, columns = [], [], []
    for database in catalog.databases():
        schemata.append([CATALOG, database])
        for table in catalog.tables(database):
            tables.append([CATALOG, database, table.name, "VIEW" if table.is_view else "BASE TABLE"])
            columns += [
                [CATALOG, database, table.name, c.name, i, "YES", c.duckdb.lower()]
                for i, c in enumerate(table.all_columns, 1)
            ]
    connection.execute(f"CREATE SCHEMA {SCHEMA}")
    _fill(connection, "schemata", "catalog_name, schema_name", schemata)
    _fill(connection, "tables", "table_catalog, table_schema, table_name, table_type", tables)
    _fill(
        connection, "columns",
        "table_catalog, table_schema, table_name, column_name, ordinal_position, is_nullable, data_type", columns,
    )  # fmt: skip


def _fill(connection: duckdb.DuckDBPyConnection, name: str, columns: str, rows: Sequence[Sequence[object]]) -> None:
    names = [column.strip() for column in columns.split(",")]
    types = ", ".join(f"{quoted(n)} {'BIGINT' if n == 'ordinal_position' else 'VARCHAR'}" for n in names)
    connection.execute(f"CREATE TABLE {SCHEMA}.{quoted(name)} ({types})")
    if rows:
        places = ", ".join("?" for _ in names)
        connection.executemany(f"INSERT INTO {SCHEMA}.{quoted(name)} VALUES ({places})", rows)
