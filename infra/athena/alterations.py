"""ALTER TABLE, MSCK REPAIR, OPTIMIZE and VACUUM."""

import re
import urllib.parse
from collections.abc import Callable
from typing import Any

from .catalog import Column, Partition, Table, partition_folder
from .cursor import Cursor, Name, opening
from .errors import QueryError, not_supported
from .parquet import write_iceberg
from .results import Outcome, lines
from .session import Session
from .tables import glue_columns
from .types import MICROSECONDS, duckdb_type, quoted


def alter_table(session: Session, cursor: Cursor) -> Outcome:
    name = cursor.name()
    table = session.catalog.table(name.database, name.table)
    for syntax, change in CHANGES.items():
        if cursor.take(*opening(syntax)):
            change(session, table, cursor)
            return Outcome()
    raise not_supported(cursor.sql)


def _set_properties(session: Session, table: Table, cursor: Cursor) -> None:
    parameters = {**table.parameters, **cursor.properties()}
    session.catalog.update(table.database, table.as_input(Parameters=parameters))


def _add_columns(session: Session, table: Table, cursor: Cursor) -> None:
    _set_descriptor(session, table, Columns=_described(table) + glue_columns(cursor.columns()))


def _replace_columns(session: Session, table: Table, cursor: Cursor) -> None:
    _set_descriptor(session, table, Columns=glue_columns(cursor.columns()))


def _drop_column(session: Session, table: Table, cursor: Cursor) -> None:
    dropped = cursor.identifier()
    _rewrite(session, table, [(c["Name"], c) for c in _described(table) if c["Name"].lower() != dropped])


def _change_column(session: Session, table: Table, cursor: Cursor) -> None:
    old, new, kind = cursor.identifier(), cursor.identifier(), cursor.type()
    changed = {"Name": new, "Type": kind}
    columns = [(c["Name"], {**c, **changed} if c["Name"].lower() == old else c) for c in _described(table)]
    _rewrite(session, table, columns)


def _described(table: Table) -> list[dict[str, Any]]:
    return list(table.raw["StorageDescriptor"].get("Columns", []))


def _set_descriptor(session: Session, table: Table, **changes: Any) -> None:
    descriptor = {**table.raw["StorageDescriptor"], **changes}
    session.catalog.update(table.database, table.as_input(StorageDescriptor=descriptor))


def _rename(session: Session, table: Table, cursor: Cursor) -> None:
    new = cursor.name()
    partitions = session.catalog.partitions(table) if table.partition_keys else []
    session.catalog.create(new.database, table.as_input(Name=new.table))
    session.catalog.add_partitions(Table(new.database, new.table, table.raw), partitions)
    session.catalog.drop(table)


def _rewrite(session: Session, table: Table, columns: list[tuple[str, dict[str, Any]]]) -> None:
    """Rewrites an Iceberg table with other columns: the present name of each, and its new definition."""
    if not table.is_iceberg:
        raise QueryError("NOT_SUPPORTED", "line 1:1: only tables with table_type ICEBERG can drop or change columns")
    relation = session.load_table(table)
    fields = ", ".join(f"CAST({quoted(old)} AS {duckdb_type(c['Type'])}) AS {quoted(c['Name'])}" for old, c in columns)
    kept = [Column(c["Name"], c["Type"], MICROSECONDS) for _, c in columns]
    files, _ = write_iceberg(session, f"SELECT {fields} FROM {relation}", kept, session.iceberg.layout(table))
    descriptor = {**table.raw["StorageDescriptor"], "Columns": [c for _, c in columns]}
    session.iceberg.commit(table, files, StorageDescriptor=descriptor)


def _add_partitions(session: Session, table: Table, cursor: Cursor) -> None:
    optional = cursor.take("IF", "NOT", "EXISTS")
    existing = {p.values for p in session.catalog.partitions(table)}
    while cursor.take("PARTITION"):
        values = _partition_values(cursor, table)
        location = cursor.string().rstrip("/") if cursor.take("LOCATION") else None
        if values not in existing:
            folder = location or f"{table.location}/{partition_folder(table.partition_keys, values)}"
            session.catalog.add_partitions(table, [Partition(values, folder)])
        elif not optional:
            raise QueryError("ALREADY_EXISTS", f"Partition already exists: {list(values)}")
    cursor.end()


def _partition_values(cursor: Cursor, table: Table) -> tuple[str, ...]:
    given = cursor.properties()
    try:
        return tuple(given[key.name] for key in table.partition_keys)
    except KeyError as error:
        raise QueryError("SYNTAX_ERROR", f"line 1:1: no value for partition key {error}") from error


def repair_table(session: Session, cursor: Cursor) -> Outcome:
    """Adds the partitions whose `key=value` folders exist below the table's location."""
    name = cursor.name()
    table = session.catalog.table(name.database, name.table)
    known = {p.values for p in session.catalog.partitions(table)}
    pattern = re.compile("/".join(f"{re.escape(key.name)}=([^/]+)" for key in table.partition_keys) + "/")
    found: dict[tuple[str, ...], str] = {}
    for item in session.storage.objects(table.location):
        inside = item.uri[len(table.location) + 1 :]
        if match := pattern.match(inside):
            values = tuple(urllib.parse.unquote(value) for value in match.groups())
            found[values] = f"{table.location}/{match[0].rstrip('/')}"
    new = [Partition(values, location) for values, location in sorted(found.items()) if values not in known]
    session.catalog.add_partitions(table, new)
    return lines([f"Repair: Added partition to metastore {table.name}:{'/'.join(p.values)}" for p in new])


def optimize(session: Session, cursor: Cursor) -> Outcome:
    """Rewrites each partition as one file."""
    name = cursor.name()
    cursor.expect("REWRITE", "DATA", "USING", "BIN_PACK")
    table = _iceberg(session, name)
    if len(session.iceberg.files(table)) > 1:
        _rewrite(session, table, [(c["Name"], c) for c in _described(table)])
    return Outcome()


def vacuum(session: Session, cursor: Cursor) -> Outcome:
    session.iceberg.vacuum(_iceberg(session, cursor.name()))
    return Outcome()


def _iceberg(session: Session, name: Name) -> Table:
    table = session.catalog.table(name.database, name.table)
    if not table.is_iceberg:
        raise QueryError("NOT_SUPPORTED", f"line 1:1: Table '{table.name}' is not an Iceberg table")
    return table


# What follows ALTER TABLE and the table's name.
CHANGES: dict[str, Callable[[Session, Table, Cursor], None]] = {
    "RENAME TO name": _rename,
    "SET TBLPROPERTIES ('key' = 'value', ...)": _set_properties,
    "ADD COLUMNS (column type, ...)": _add_columns,
    "REPLACE COLUMNS (column type, ...)": _replace_columns,
    "DROP COLUMN column": _drop_column,
    "CHANGE COLUMN old new type": _change_column,
    "ADD [IF NOT EXISTS] PARTITION (key = 'value', ...) [LOCATION 's3://...'] ...": _add_partitions,
}
