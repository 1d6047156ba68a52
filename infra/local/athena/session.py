# ruff: noqa: S608 - building SQL is the work; names and literals are quoted
"""One query's DuckDB database, over the catalogue's tables as they were when it began."""

import base64
import json
import re
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
from duckdb.sqltypes import DuckDBPyType
from sqlglot import exp
from sqlglot.optimizer.scope import traverse_scope

from . import information_schema
from .catalog import Catalog, Partition, Table, partition_folder
from .errors import QueryError, from_duckdb
from .iceberg import IcebergTables
from .nodes import Node
from .pruning import Need, matching, needs, stub_select
from .readers import file_format, files_select
from .storage import S3Object, Storage
from .strictness import check_aliases
from .translation import parse, to_duckdb
from .types import literal, quoted

MANY_LOCATIONS = 8
PRESTO_VIEW = re.compile(r"/\* Presto View: (\S+) \*/")


@dataclass
class Source:
    """A base table of a query, and the objects read of it, by partition."""

    number: int
    table: Table
    objects: list[tuple[Partition | None, list[S3Object]]] = field(default_factory=list)

    @property
    def relation(self) -> str:
        return f"{quoted(self.table.database)}.{quoted(self.table.name)}"


class Session:
    """Runs the parts of one statement. `scanned` is the number of bytes its scans have read."""

    def __init__(
        self, *, catalog: Catalog, storage: Storage, connection: duckdb.DuckDBPyConnection, folder: Path, database: str
    ) -> None:
        self.catalog, self.storage = catalog, storage
        self.iceberg = IcebergTables(catalog, storage)
        self.folder = folder
        self.database = database.lower()
        self.scanned = 0
        self._connection = connection
        self._sources: dict[tuple[str, str], Source] = {}
        self._known: set[tuple[str, str]] = set()
        self._has_information_schema = False
        self._fetched: list[Path] = []
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """Stops what runs, from another thread."""
        self._cancelled.set()
        with suppress(duckdb.Error):
            self._connection.interrupt()

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    def release(self) -> None:
        self.storage.release(self._fetched)
        self._fetched = []

    def execute(self, sql: str, parameters: list[Any] | None = None) -> duckdb.DuckDBPyConnection:
        """DuckDB's own SQL. Raises QueryError in Athena's words."""
        try:
            return self._connection.execute(sql, parameters)
        except duckdb.Error as error:
            raise from_duckdb(error) from error

    def describe(self, sql: str) -> list[tuple[str, DuckDBPyType]]:
        """Names and types of a query's columns."""
        return [(str(row[0]), DuckDBPyType(str(row[1]))) for row in self.execute(f"DESCRIBE {sql}").fetchall()]

    def query(self, tree: Node, database: str | None = None) -> str:
        """The DuckDB query for a tree of Trino's, with everything it reads in place."""
        sql = self.translate(tree, database)
        self.load(sql)
        return sql

    def translate(self, tree: Node, database: str | None = None) -> str:
        """The DuckDB query for a tree; its tables are there, but empty."""
        tree = tree.copy()
        self._resolve(tree, database or self.database)
        check_aliases(tree, lambda select: [name for name, _ in self.describe(to_duckdb(select))])
        return to_duckdb(tree)

    def load(self, sql: str) -> None:
        """Fetches what the query reads, and no partition that it can't match."""
        sources = sorted(self._sources.values(), key=lambda source: source.number)
        if not sources:
            return
        try:
            found = needs(self._connection, sql, len(sources))
        except duckdb.Error as error:
            raise from_duckdb(error) from error
        for source, need in zip(sources, found, strict=True):
            self._read(source, need)

    def load_table(self, table: Table) -> str:
        """A relation of the whole table; its name in DuckDB."""
        key = (table.database, table.name)
        if key not in self._sources:
            self._add_table(table)
        self._read(self._sources[key], Need(columns={(c.name,) for c in table.columns}, whole=True))
        return self._sources[key].relation

    def resolve_sources(self, tree: Node, target: exp.Table) -> None:
        """Places every table that a MERGE, UPDATE or DELETE reads beside its target."""
        queries = [node for node in tree.find_all(exp.Query) if node.find_ancestor(exp.Query) is None]
        for query in queries:
            self._resolve(query.unnest() if isinstance(query, exp.Subquery) else query, self.database)
        for table in tree.find_all(exp.Table):
            if table is not target and table.find_ancestor(exp.Query) is None:
                self._place(table, self.database)

    def _resolve(self, tree: Node, database: str) -> None:
        """Gives every table of the tree its place in this session's database."""
        for scope in traverse_scope(tree):
            for source in scope.sources.values():
                if isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier):
                    self._place(source, database)

    def _place(self, node: exp.Table, database: str) -> None:
        schema, name = (node.db or database).lower(), node.name.lower()
        node.set("catalog", None)
        node.set("db", exp.to_identifier(schema, quoted=True))
        node.set("this", exp.to_identifier(name, quoted=True))
        if (schema, name) in self._known:
            return
        if schema == "information_schema":
            node.set("db", exp.to_identifier(information_schema.SCHEMA))
            if not self._has_information_schema:
                information_schema.create(self._connection, self.catalog)
                self._has_information_schema = True
            return
        self._add(self.catalog.table(schema, name))

    def _add(self, table: Table) -> None:
        self._connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(table.database)}")
        if table.is_view:
            self._add_view(table)
        else:
            self._add_table(table)
        self._known.add((table.database, table.name))

    def _add_view(self, table: Table) -> None:
        text, database = view_sql(table)
        sql = self.translate(parse(text), database)
        names = ", ".join(quoted(column.name) for column in table.columns)
        self.execute(f"CREATE VIEW {quoted(table.database)}.{quoted(table.name)} ({names}) AS {sql}")

    def _add_table(self, table: Table) -> None:
        source = Source(len(self._sources), table)
        self._connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(table.database)}")
        self._connection.execute(
            f"CREATE VIEW {source.relation} AS " + stub_select(self._connection, source.number, table, self.folder)
        )
        self._sources[(table.database, table.name)] = source
        self._list(source)

    def _list(self, source: Source) -> None:
        """Takes down what the catalogue says of the table now; later commits don't matter to this query."""
        table = source.table
        if table.is_iceberg:
            source.objects = [(None, self.iceberg.files(table))]
        elif not table.partition_keys:
            source.objects = [(None, [])]
        else:
            source.objects = [(partition, []) for partition in self.catalog.partitions(table)]

    def _read(self, source: Source, need: Need) -> None:
        table = source.table
        chosen = self._chosen(source, need)
        paths: list[Path] = []
        for number, (partition, objects) in enumerate(chosen):
            fetched = [self._fetch(item) for item in objects]
            self.scanned += sum(item.size for item in objects) if file_format(table) != "parquet" else 0
            paths += fetched if partition is None else self._linked(source, partition, number, fetched)
        try:
            select = files_select(self._connection, table, paths)
            self._connection.execute(f"CREATE OR REPLACE VIEW {source.relation} AS {select}")
            if paths and file_format(table) == "parquet":
                self.scanned += self._column_bytes(paths, need)
        except duckdb.Error as error:
            raise QueryError("HIVE_BAD_DATA", f"{table.database}.{table.name}: {error}") from error

    def _chosen(self, source: Source, need: Need) -> list[tuple[Partition | None, list[S3Object]]]:
        table = source.table
        if table.is_iceberg:
            return source.objects
        if not table.partition_keys:
            return [(None, self.storage.objects(table.location))]
        partitions = [partition for partition, _ in source.objects if partition]
        kept = matching(self._connection, source.number, table, partitions, need)
        return list(zip(kept, self._objects_of(table, kept), strict=True))

    def _objects_of(self, table: Table, partitions: list[Partition]) -> list[list[S3Object]]:
        """Each partition's objects; with many partitions, from one listing of the table's own folder."""
        if len(partitions) <= MANY_LOCATIONS:
            return [self.storage.objects(partition.location) for partition in partitions]
        inside = {p.location for p in partitions if p.location.startswith(table.location + "/")}
        found: dict[str, list[S3Object]] = {location: [] for location in inside}
        for item in self.storage.objects(table.location):
            folder = item.uri
            while len(folder) > len(table.location):
                folder = folder.rpartition("/")[0]
                if folder in found:
                    found[folder].append(item)
                    break
        return [found[p.location] if p.location in inside else self.storage.objects(p.location) for p in partitions]

    def _fetch(self, item: S3Object) -> Path:
        if self.cancelled:
            raise QueryError("QUERY_CANCELLED", "Query cancelled")
        path = self.storage.fetch(item)
        self._fetched.append(path)
        return path

    def _linked(self, source: Source, partition: Partition, number: int, paths: list[Path]) -> list[Path]:
        """The files again, in folders that bear the partition's values."""
        keys = partition_folder(source.table.partition_keys, partition.values)
        folder = self.folder / f"table-{source.number}" / str(number) / keys
        folder.mkdir(parents=True, exist_ok=True)
        links = [folder / path.name for path in paths]
        for link, path in zip(links, paths, strict=True):
            if not link.exists():
                link.symlink_to(path)
        return links

    def _column_bytes(self, paths: list[Path], need: Need) -> int:
        """Compressed bytes of the column chunks that the query reads."""
        if not need.columns:
            return 0
        files = "[" + ", ".join(literal(str(path)) for path in paths) + "]"
        tests = " OR ".join(
            f"starts_with(lower(path_in_schema) || ', ', {literal(', '.join(path).lower() + ', ')})"
            for path in sorted(need.columns)
        )
        row = self._connection.execute(
            f"SELECT coalesce(sum(total_compressed_size), 0) FROM parquet_metadata({files}) WHERE {tests}"
        ).fetchone()
        return int(row[0]) if row else 0


def view_sql(table: Table) -> tuple[str, str]:
    """A view's query as it was written, and the database its unqualified names belong to."""
    match = PRESTO_VIEW.search(table.view_text)
    if match is None:
        raise QueryError("INVALID_VIEW", f"line 1:1: View '{table.database}.{table.name}' is no Presto view")
    content = json.loads(base64.b64decode(match[1]))
    return str(content["originalSql"]), str(content.get("schema") or table.database)
