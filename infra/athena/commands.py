"""Views and databases, DROP, SHOW and DESCRIBE."""

import base64
import json
import re
from collections.abc import Callable

from .catalog import Table, partition_folder
from .creation import require_names, stored_columns
from .cursor import Cursor, opening
from .errors import QueryError, not_supported
from .results import Outcome, lines
from .session import Session, view_sql
from .translation import parse


def create_view(session: Session, cursor: Cursor) -> Outcome:
    return _create_view(session, cursor, replace=False)


def replace_view(session: Session, cursor: Cursor) -> Outcome:
    return _create_view(session, cursor, replace=True)


def _create_view(session: Session, cursor: Cursor, *, replace: bool) -> Outcome:
    """Stores the view in Glue as Athena does."""
    name = cursor.name()
    cursor.expect("AS")
    text = cursor.rest()
    session.catalog.require_database(name.database)
    existing = session.catalog.find(name.database, name.table)
    if existing and (not replace or not existing.is_view):
        raise QueryError("TABLE_ALREADY_EXISTS", f"line 1:1: '{name.database}.{name.table}' already exists")
    tree = parse(text)
    require_names(tree)
    described = stored_columns(session.describe(session.translate(tree)))
    columns = [{"Name": column.name, "Type": column.type} for _, column in described]
    view = {
        "originalSql": text, "catalog": "awsdatacatalog", "schema": session.database,
        "columns": [{"name": c["Name"], "type": c["Type"]} for c in columns],
    }  # fmt: skip
    encoded = base64.b64encode(json.dumps(view).encode()).decode()
    table = Table(name.database, name.table, {
        "Name": name.table,
        "TableType": "VIRTUAL_VIEW",
        "Parameters": {"presto_view": "true", "comment": "Presto View"},
        "PartitionKeys": [],
        "ViewOriginalText": f"/* Presto View: {encoded} */",
        "ViewExpandedText": "/* Presto View */",
        "StorageDescriptor": {"Columns": columns, "Location": "", "SerdeInfo": {}},
    })  # fmt: skip
    if existing:
        session.catalog.update(name.database, table.as_input())
    else:
        session.catalog.create(name.database, table.as_input())
    return Outcome()


def create_database(session: Session, cursor: Cursor) -> Outcome:
    optional = cursor.take("IF", "NOT", "EXISTS")
    name = cursor.name().table
    comment = cursor.string() if cursor.take("COMMENT") else None
    location = cursor.string() if cursor.take("LOCATION") else None
    if session.catalog.has_database(name):
        if optional:
            return Outcome()
        raise QueryError("SCHEMA_ALREADY_EXISTS", f"line 1:1: Schema 'awsdatacatalog.{name}' already exists")
    session.catalog.create_database(name, location, comment)
    return Outcome()


def drop_database(session: Session, cursor: Cursor) -> Outcome:
    optional = cursor.take("IF", "EXISTS")
    name = cursor.name().table
    cascade = cursor.take("CASCADE")
    if not session.catalog.has_database(name):
        if optional:
            return Outcome()
        session.catalog.require_database(name)
    if session.catalog.tables(name) and not cascade:
        raise QueryError("SCHEMA_NOT_EMPTY", f"line 1:1: Database {name} is not empty. One or more tables exist.")
    session.catalog.drop_database(name)
    return Outcome()


def drop_table(session: Session, cursor: Cursor) -> Outcome:
    """Deletes the data of an Iceberg table, and leaves that of a Hive table, as Athena does."""
    return _drop_relation(session, cursor, view=False)


def drop_view(session: Session, cursor: Cursor) -> Outcome:
    return _drop_relation(session, cursor, view=True)


def _drop_relation(session: Session, cursor: Cursor, *, view: bool) -> Outcome:
    optional = cursor.take("IF", "EXISTS")
    name = cursor.name()
    table = session.catalog.find(name.database, name.table)
    if table is None:
        if optional:
            return Outcome()
        table = session.catalog.table(name.database, name.table)
    if table.is_view != view:
        kind = "view" if table.is_view else "table"
        raise QueryError("TYPE_MISMATCH", f"line 1:1: '{table.database}.{table.name}' is a {kind}")
    session.catalog.drop(table)
    if table.is_iceberg and table.location:
        session.storage.delete(item.uri for item in session.storage.objects(table.location))
    return Outcome()


def show(session: Session, cursor: Cursor) -> Outcome:
    for syntax, show_subject in SUBJECTS.items():
        if cursor.take(*opening(syntax)):
            return show_subject(session, cursor)
    raise not_supported(cursor.sql)


def _show_databases(session: Session, _: Cursor) -> Outcome:
    return lines(session.catalog.databases(), "database_name")


def _show_tables(session: Session, cursor: Cursor) -> Outcome:
    return _show_relations(session, cursor, views_only=False)


def _show_views(session: Session, cursor: Cursor) -> Outcome:
    return _show_relations(session, cursor, views_only=True)


def _show_relations(session: Session, cursor: Cursor, *, views_only: bool) -> Outcome:
    database = cursor.name().table if cursor.take("IN") or cursor.take("FROM") else session.database
    session.catalog.require_database(database)
    wanted = re.compile(cursor.string().replace("*", ".*")) if not cursor.at_end() else None
    names = [table.name for table in session.catalog.tables(database) if table.is_view or not views_only]
    return lines([name for name in names if wanted is None or wanted.fullmatch(name)], "tab_name")


def _show_columns(session: Session, cursor: Cursor) -> Outcome:
    return lines([column.name for column in _named(session, cursor).all_columns], "field")


def _show_partitions(session: Session, cursor: Cursor) -> Outcome:
    table = _named(session, cursor)
    folders = [partition_folder(table.partition_keys, p.values) for p in session.catalog.partitions(table)]
    return lines(sorted(folders), "partition")


def _show_properties(session: Session, cursor: Cursor) -> Outcome:
    return lines([f"{k}\t{v}" for k, v in sorted(_named(session, cursor).parameters.items())], "prpt_name")


def _show_view(session: Session, cursor: Cursor) -> Outcome:
    table = _named(session, cursor)
    return lines([f"CREATE VIEW {table.database}.{table.name} AS", *view_sql(table)[0].splitlines()], "Create View")


def describe(session: Session, cursor: Cursor) -> Outcome:
    if not cursor.take("EXTENDED"):
        cursor.take("FORMATTED")
    table = _named(session, cursor)
    texts = [f"{c.name:<20}\t{c.type:<20}\t" for c in table.all_columns]
    if table.partition_keys:
        texts += [
            "\t \t ",
            "# Partition Information\t \t ",
            f"{'# col_name':<20}\t{'data_type':<20}\tcomment",
            "\t \t ",
        ]
        texts += [f"{c.name:<20}\t{c.type:<20}\t" for c in table.partition_keys]
    return lines(texts, "col_name")


def _named(session: Session, cursor: Cursor) -> Table:
    name = cursor.name()
    return session.catalog.table(name.database, name.table)


# What follows SHOW.
SUBJECTS: dict[str, Callable[[Session, Cursor], Outcome]] = {
    "DATABASES": _show_databases,
    "SCHEMAS": _show_databases,
    "TABLES [IN database] ['pattern']": _show_tables,
    "VIEWS [IN database] ['pattern']": _show_views,
    "COLUMNS IN name": _show_columns,
    "COLUMNS FROM name": _show_columns,
    "PARTITIONS name": _show_partitions,
    "TBLPROPERTIES name": _show_properties,
    "CREATE VIEW name": _show_view,
}
