"""One query's DuckDB database, over the catalog's tables as they were when the query began."""

import base64
import itertools
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

from . import bounds, information_schema
from .catalog import Catalog, Column, Partition, Table, partition_folder
from .errors import QueryError, from_duckdb
from .iceberg import DataFile, IcebergTables
from .nodes import Node
from .projection import is_projected, projected
from .pruning import Need, edges, matching, needs, stub_is_scanned, stub_select
from .readers import file_format, files_select
from .storage import S3Object, Storage
from .strictness import check_aliases
from .translation import parse, to_duckdb
from .types import literal, quoted

MANY_LOCATIONS = 8
PRESTO_VIEW = re.compile(r"/\* Presto View: (\S+) \*/")


@dataclass
class Source:
    """A base table of a query, with its partitions, or its files if it is Iceberg, when the query began."""

    number: int
    table: Table
    partitions: list[Partition] = field(default_factory=list)
    files: list[DataFile] = field(default_factory=list)

    @property
    def relation(self) -> str:
        return f"{quoted(self.table.database)}.{quoted(self.table.name)}"


class Session:
    """Runs the parts of one statement. `scanned` is the number of bytes its scans have read.

    `folder` holds temporary files, and links and stubs that all sessions share.
    """

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
        """Interrupts the running query, from another thread."""
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
        """Runs DuckDB SQL. Raises QueryError as Athena reports it."""
        try:
            return self._connection.execute(sql, parameters)
        except duckdb.Error as error:
            raise from_duckdb(error) from error

    def describe(self, sql: str) -> list[tuple[str, DuckDBPyType]]:
        """Names and types of a query's columns."""
        return [(str(row[0]), DuckDBPyType(str(row[1]))) for row in self.execute(f"DESCRIBE {sql}").fetchall()]

    def query(self, tree: Node, database: str | None = None) -> str:
        """The DuckDB query for a tree of Athena's SQL, after loading what it reads."""
        sql = self.translate(tree, database)
        self.load(sql)
        return sql

    def translate(self, tree: Node, database: str | None = None) -> str:
        """The DuckDB query for a tree, over tables without rows."""
        tree = tree.copy()
        self._resolve(tree, database or self.database)
        check_aliases(tree, lambda select: [name for name, _ in self.describe(to_duckdb(select))])
        return to_duckdb(tree)

    def load(self, sql: str) -> None:
        """Fetches what the query reads, without partitions that it can't match."""
        sources = sorted(self._sources.values(), key=lambda source: source.number)
        if not sources:
            return
        try:
            found = needs(self._connection, sql, len(sources))
        except duckdb.Error as error:
            raise from_duckdb(error) from error
        chosen = [self._matching(source, need, sql) for source, need in zip(sources, found, strict=True)]
        for source, need, partitions in zip(sources, found, chosen, strict=True):
            self._read(source, need, partitions)

    def load_table(self, table: Table) -> str:
        """Loads the whole table; returns the relation's name in DuckDB."""
        key = (table.database, table.name)
        if key not in self._sources:
            self._add_table(table)
        source = self._sources[key]
        self._read(source, Need(columns={(c.name,) for c in table.columns}), source.partitions)
        return source.relation

    def load_rows(self, table: Table, name: str, file_column: str, files: list[DataFile]) -> dict[str, DataFile]:
        """Creates a table from files, with a column of each row's file; returns the files by that column's values."""
        paths = self._fetch([file.stored for file in files])
        select = files_select(self._connection, table, paths, file_column=file_column)
        self.execute(f"CREATE TABLE {quoted(name)} AS {select}")
        self.scanned += self._bytes(table, paths, Need(columns={(c.name,) for c in table.columns}))
        return {str(path): file for path, file in zip(paths, files, strict=True)}

    def may_match(self, table: Table, files: list[DataFile], scans: list[list[bounds.Comparison]]) -> list[bool]:
        """For each file of an Iceberg table, whether its bounds allow a row to pass one of the scans."""
        return bounds.may_match(self._connection, table, [file.bounds for file in files], scans)

    def bounds(self, file: Path, columns: list[Column]) -> bounds.Bounds:
        """The bounds of a Parquet file's columns."""
        return bounds.measured(self._connection, file, columns)

    def resolve_sources(self, tree: Node, target: exp.Table) -> None:
        """Resolves every table that a MERGE, UPDATE or DELETE reads besides its target."""
        queries = [node for node in tree.find_all(exp.Query) if node.find_ancestor(exp.Query) is None]
        for query in queries:
            self._resolve(query.unnest() if isinstance(query, exp.Subquery) else query, self.database)
        for table in tree.find_all(exp.Table):
            if table is not target and table.find_ancestor(exp.Query) is None:
                self._place(table, self.database)

    def _resolve(self, tree: Node, database: str) -> None:
        """Resolves every table of the tree in this session's database."""
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
        self._stub(source)
        self._sources[(table.database, table.name)] = source
        self._list(source)

    def _list(self, source: Source) -> None:
        """Lists the table's partitions or files now; the query ignores later commits."""
        if source.table.is_iceberg:
            source.files = self.iceberg.files(source.table)
        elif is_projected(source.table):
            source.partitions = projected(source.table)
        elif source.table.partition_keys:
            source.partitions = self.catalog.partitions(source.table)

    def _matching(self, source: Source, need: Need, sql: str) -> list[Partition]:
        """The partitions that the query may match."""
        kept = matching(self._connection, source.number, source.table, source.partitions, need)
        for partition in edges(kept, need):
            self._stub(source, partition.values)
            if not stub_is_scanned(self._connection, sql, source.number):
                kept.remove(partition)
        return kept

    def _stub(self, source: Source, values: tuple[str, ...] = ()) -> None:
        select = stub_select(self._connection, source.number, source.table, self.folder, values)
        self._connection.execute(f"CREATE OR REPLACE VIEW {source.relation} AS {select}")

    def _read(self, source: Source, need: Need, partitions: list[Partition]) -> None:
        """Fetches the files and creates the table's view over them."""
        table = source.table
        if table.partition_keys:
            groups = list(zip(partitions, self._objects_of(table, partitions), strict=True))
            fetched = iter(self._fetch([item for _, objects in groups for item in objects]))
            paths = [
                path
                for partition, objects in groups
                for path in self._linked(table, partition, list(itertools.islice(fetched, len(objects))))
            ]
        else:
            paths = self._fetch(self._files(source, need) if table.is_iceberg else self.storage.objects(table.location))
        try:
            select = files_select(self._connection, table, paths)
            self._connection.execute(f"CREATE OR REPLACE VIEW {source.relation} AS {select}")
            self.scanned += self._bytes(table, paths, need)
        except duckdb.Error as error:
            raise QueryError("HIVE_BAD_DATA", f"{table.database}.{table.name}: {error}") from error

    def _files(self, source: Source, need: Need) -> list[S3Object]:
        """The files of an Iceberg table that may match the query, by their bounds."""
        scans = [list(bounds.comparisons(texts, source.number)) for texts in need.tests]
        kept = self.may_match(source.table, source.files, scans)
        return [file.stored for file, stays in zip(source.files, kept, strict=True) if stays]

    def _objects_of(self, table: Table, partitions: list[Partition]) -> list[list[S3Object]]:
        """Each partition's objects; for many partitions, from one listing of the table's folder."""
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

    def _fetch(self, objects: list[S3Object]) -> list[Path]:
        if self.cancelled:
            raise QueryError("QUERY_CANCELLED", "Query cancelled")
        paths = self.storage.fetch(objects)
        self._fetched += paths
        return paths

    def _linked(self, table: Table, partition: Partition, paths: list[Path]) -> list[Path]:
        """Links to the files in a folder named by the partition's values; later queries use them, too."""
        folder = self.folder / "links" / partition_folder(table.partition_keys, partition.values)
        folder.mkdir(parents=True, exist_ok=True)
        links = [folder / path.name for path in paths]
        for link, path in zip(links, paths, strict=True):
            with suppress(FileExistsError):
                link.symlink_to(path)
        return links

    def _bytes(self, table: Table, paths: list[Path], need: Need) -> int:
        """The bytes that the query reads: for Parquet the compressed bytes of its columns, else whole files."""
        if not paths or file_format(table) != "parquet":
            return sum(path.stat().st_size for path in paths)
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
    """A view's query as written, and the database of its unqualified names."""
    match = PRESTO_VIEW.search(table.view_text)
    if match is None:
        raise QueryError("INVALID_VIEW", f"line 1:1: View '{table.database}.{table.name}' is not a Presto view")
    content = json.loads(base64.b64decode(match[1]))
    return str(content["originalSql"]), str(content.get("schema") or table.database)
