"""CREATE TABLE AS."""

import uuid
from dataclasses import dataclass
from typing import Any

from duckdb.sqltypes import DuckDBPyType

from .catalog import Column, Table, already_exists
from .cursor import Cursor, Name
from .errors import QueryError
from .iceberg import Layout
from .nodes import Node
from .parquet import PARQUET, write_hive, write_iceberg
from .results import ROWS, Outcome
from .session import Session
from .translation import nameless_columns, parse
from .types import MICROSECONDS, MILLISECONDS, hive_type, quoted, result_type


@dataclass
class Properties:
    """The WITH clause of CREATE TABLE AS."""

    iceberg: bool
    location: str | None
    partitioned_by: list[str]
    compression: str
    others: dict[str, str]

    @classmethod
    def read(cls, given: dict[str, str]) -> "Properties":
        given = dict(given)
        iceberg = given.pop("table_type", "hive").lower() == "iceberg"
        kept = given.pop("format", "parquet").lower()
        if kept != "parquet":
            raise QueryError("NOT_SUPPORTED", f"the local Athena endpoint writes Parquet only, not {kept}")
        name, other = ("partitioning", "partitioned_by") if iceberg else ("partitioned_by", "partitioning")
        partitioned = given.pop(name, "")
        if other in given:
            raise QueryError("INVALID_TABLE_PROPERTY", f"line 1:1: Unsupported table property: {other}")
        location = given.pop("location" if iceberg else "external_location", None)
        # https://docs.aws.amazon.com/athena/latest/ug/compression-formats.html
        compression = given.pop("write_compression", "zstd" if iceberg else "gzip").lower()
        given.pop("is_external", None)
        return cls(
            iceberg, location.rstrip("/") if location else None, partitioned.lower().split("\n") if partitioned else [],
            compression, given,
        )  # fmt: skip


@dataclass(frozen=True)
class Target:
    """The table to create, and the DuckDB query for its rows."""

    name: Name
    location: str
    columns: list[Column]
    select: str
    properties: Properties


def create_table_as(session: Session, cursor: Cursor, results: str) -> Outcome:
    """CREATE TABLE AS; the cursor stands before IF NOT EXISTS or the name."""
    optional = cursor.take("IF", "NOT", "EXISTS")
    name = cursor.name()
    properties = Properties.read(cursor.properties() if cursor.take("WITH") else {})
    cursor.expect("AS")
    session.catalog.require_database(name.database)
    if session.catalog.find(name.database, name.table):
        if optional:
            return Outcome()
        raise already_exists(name.database, name.table)
    tree = parse(cursor.rest())
    require_names(tree)
    sql = session.query(tree)
    described = session.describe(sql)
    columns = stored_columns(described, MICROSECONDS if properties.iceberg else MILLISECONDS)
    require_precision(described, iceberg=properties.iceberg)
    location = properties.location or f"{results.rstrip('/')}/tables/{uuid.uuid4()}"
    if session.storage.objects(location):
        raise QueryError(
            "HIVE_PATH_ALREADY_EXISTS",
            f"Target directory for table '{name.database}.{name.table}' already exists: {location}",
        )
    fields = ", ".join(f"CAST({quoted(old)} AS {c.duckdb}) AS {quoted(c.name)}" for old, c in columns)
    target = Target(name, location, [column for _, column in columns], f"SELECT {fields} FROM ({sql})", properties)
    return _create_iceberg(session, target) if properties.iceberg else _create_hive(session, target)


def require_names(tree: Node) -> None:
    """Raises QueryError for a query with a nameless column."""
    if nameless := nameless_columns(tree):
        raise QueryError("MISSING_COLUMN_NAME", f"line 1:1: Column name not specified at position {nameless[0][0] + 1}")


def require_precision(described: list[tuple[str, DuckDBPyType]], *, iceberg: bool) -> None:
    """Raises QueryError for timestamps of another precision than the table's: 6 for Iceberg, 3 for Hive."""
    spelled = {str(kind).upper() for _, kind in described}
    if iceberg and "TIMESTAMP_MS" in spelled:
        raise QueryError(
            "NOT_SUPPORTED", 'Timestamp precision (3) not supported for Iceberg. Use "timestamp(6)" instead.'
        )
    if not iceberg and "TIMESTAMP" in spelled:
        raise QueryError(
            "NOT_SUPPORTED",
            "Incorrect timestamp precision for timestamp(6); the configured precision is MILLISECONDS",
        )


def stored_columns(described: list[tuple[str, DuckDBPyType]], digits: int = MILLISECONDS) -> list[tuple[str, Column]]:
    """For each column of a query, its name there and the column of the table."""
    found: list[tuple[str, Column]] = []
    for name, kind in described:
        if name.lower() in {column.name for _, column in found}:
            raise QueryError("DUPLICATE_COLUMN_NAME", f"line 1:1: Column name '{name}' specified more than once")
        if result_type(kind).name == "unknown":
            raise QueryError("COLUMN_TYPE_UNKNOWN", f"line 1:1: Column type is unknown: {name}")
        found.append((name, Column(name.lower(), hive_type(kind), digits)))
    return found


def _descriptor(location: str, columns: list[Column]) -> dict[str, Any]:
    return {"Columns": [{"Name": c.name, "Type": c.type} for c in columns], "Location": location, **PARQUET}


def _create_iceberg(session: Session, target: Target) -> Outcome:
    compression, partitioned = target.properties.compression, target.properties.partitioned_by
    layout = Layout(f"{target.location}/data", compression, partitioned)
    files, rows = write_iceberg(session, target.select, target.columns, layout)
    parameters = session.iceberg.first_commit(target.location, files, partitioned)
    table = {
        "Name": target.name.table,
        "TableType": "EXTERNAL_TABLE",
        "StorageDescriptor": _descriptor(target.location, target.columns),
        "PartitionKeys": [],
        "Parameters": {**target.properties.others, "write_compression": compression, **parameters},
    }
    session.catalog.create(target.name.database, table)
    return Outcome(ROWS, written=rows)


def _create_hive(session: Session, target: Target) -> Outcome:
    keys, compression = target.properties.partitioned_by, target.properties.compression
    data = target.columns[: len(target.columns) - len(keys)]
    if [column.name for column in target.columns[len(data) :]] != keys:
        raise QueryError(
            "HIVE_COLUMN_ORDER_MISMATCH",
            "Partition keys must be the last columns in the table and in the same order as the table properties",
        )
    described = {
        "Name": target.name.table,
        "TableType": "EXTERNAL_TABLE",
        "StorageDescriptor": _descriptor(target.location, data),
        "PartitionKeys": [{"Name": c.name, "Type": c.type} for c in target.columns[len(data) :]],
        "Parameters": {"EXTERNAL": "TRUE", "classification": "parquet", "write_compression": compression},
    }
    table = Table(target.name.database, target.name.table, described)
    partitions, rows = write_hive(session, table, target.select, compression)
    session.catalog.create(table.database, described)
    session.catalog.add_partitions(table, partitions)
    return Outcome(ROWS, written=rows)
