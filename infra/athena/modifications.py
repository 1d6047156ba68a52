"""INSERT, MERGE, UPDATE and DELETE."""

from itertools import compress

import sqlglot
from duckdb.sqltypes import DuckDBPyType
from sqlglot import exp

from .bounds import compared, demands
from .catalog import Table
from .cursor import Cursor, Name
from .errors import QueryError, not_supported
from .iceberg import DataFile
from .nodes import Node
from .parquet import write_hive, write_iceberg
from .readers import file_format
from .results import ROWS, Outcome
from .session import Session
from .translation import parse, to_duckdb
from .types import quoted, result_type

# The column of a loaded table with each row's file.
FILE = "$path"
FAMILIES = {
    "tinyint": "number", "smallint": "number", "integer": "number", "bigint": "number", "float": "number",
    "double": "number", "decimal": "number",
}  # fmt: skip


def insert(session: Session, cursor: Cursor) -> Outcome:
    """INSERT INTO name [(columns)] query; the cursor stands at the name."""
    name = cursor.name()
    table = session.catalog.table(name.database, name.table)
    if table.is_view:
        raise QueryError("NOT_SUPPORTED", "line 1:1: Inserting into views is not supported")
    named = _column_list(cursor)
    sql = session.query(parse(cursor.rest()))
    select = _fitting(table, named or [c.name for c in table.all_columns], session.describe(sql), sql)
    if table.is_iceberg:
        added, rows = write_iceberg(session, select, table.columns, session.iceberg.layout(table))
        session.iceberg.commit(table, session.iceberg.files(table) + added)
    elif file_format(table) == "parquet":
        compression = table.parameters.get("write_compression", "gzip")
        partitions, rows = write_hive(session, table, select, compression)
        session.catalog.add_partitions(table, partitions)
    else:
        raise QueryError("NOT_SUPPORTED", f"the local Athena endpoint writes Parquet only; {table.name} is not")
    return Outcome(ROWS, written=rows)


def _column_list(cursor: Cursor) -> list[str]:
    if (
        not cursor.at("(")
        or cursor.at("(", "SELECT")
        or cursor.at("(", "WITH")
        or cursor.at("(", "VALUES")
        or cursor.at("(", "(")
    ):
        return []
    cursor.expect("(")
    names = []
    while not cursor.take(")"):
        names.append(cursor.identifier())
        cursor.take(",")
    return names


def _fitting(table: Table, names: list[str], given: list[tuple[str, DuckDBPyType]], sql: str) -> str:
    """The query with the table's columns: matched by position, cast to the table's types, missing ones null."""
    columns = {c.name: c for c in table.all_columns}
    if unknown := [n for n in names if n not in columns]:
        raise QueryError(
            "COLUMN_NOT_FOUND", f"line 1:1: Insert column name does not exist in target table: {unknown[0]}"
        )
    if len(names) != len(given):
        raise QueryError("TYPE_MISMATCH", f"line 1:1: Insert query has {len(given)} columns, the table {len(names)}")
    for name, (_, kind) in zip(names, given, strict=True):
        wanted, found = result_type(DuckDBPyType(columns[name].duckdb)).name, result_type(kind).name
        if found != "unknown" and FAMILIES.get(wanted, wanted) != FAMILIES.get(found, found):
            raise QueryError(
                "TYPE_MISMATCH",
                f"line 1:1: Insert query has mismatched column types: {name} is {wanted}, the query gives {found}",
            )
    aliases = ", ".join(f"c{i}" for i in range(len(given)))
    places = {name: f"c{i}" for i, name in enumerate(names)}
    selected = ", ".join(
        f"CAST({places.get(c.name, 'NULL')} AS {c.duckdb}) AS {quoted(c.name)}" for c in table.all_columns
    )
    return f"SELECT {selected} FROM ({sql}) AS given({aliases})"


def modify(session: Session, sql: str) -> Outcome:
    """MERGE, UPDATE or DELETE on an Iceberg table. Rewrites the files whose rows change."""
    tree = parse(sql)
    target = tree.this
    if not isinstance(tree, (exp.Merge, exp.Update, exp.Delete)) or not isinstance(target, exp.Table):
        raise not_supported(sql)
    name = Name((target.db or session.database).lower(), target.name.lower())
    table = session.catalog.table(name.database, name.table)
    if not table.is_iceberg:
        raise QueryError(
            "NOT_SUPPORTED", "line 1:1: Modifying Hive table rows is only supported for transactional tables"
        )
    _redirect(target, name)
    session.resolve_sources(tree, target)
    duck = to_duckdb(_in_duckdbs_words(tree, table))
    files = session.iceberg.files(table)
    concerned = _concerned(session, table, files, duck)
    loaded = session.load_rows(table, "rewritten", FILE, list(compress(files, concerned)))
    left_alone = [file for file, may_match in zip(files, concerned, strict=True) if not may_match]
    before = _contents(session, table)
    session.load(duck)
    rows = int((session.execute(duck).fetchone() or (0,))[0])
    if rows:
        _commit(session, table, left_alone, loaded, before)
    return Outcome(ROWS, written=rows)


def _concerned(session: Session, table: Table, files: list[DataFile], duck: str) -> list[bool]:
    """For each file, whether the statement may change a row, judged by comparisons of columns with literals."""
    tree = sqlglot.parse_one(duck, dialect="duckdb")
    where = tree.args.get("where")
    condition = tree.args.get("on") if isinstance(tree, exp.Merge) else where and where.this
    if not condition:
        return [True] * len(files)
    if any(isinstance(part, exp.Boolean) and not part.this for part in demands(condition)):
        return [False] * len(files)
    return session.may_match(table, files, [list(compared(condition, tree.this.alias))])


def _contents(session: Session, table: Table) -> dict[str | None, tuple[int, int]]:
    """The number and the hash of each file's rows, to detect changed files. New rows are under None."""
    columns = ", ".join(quoted(column.name) for column in table.columns)
    found = session.execute(
        f"SELECT {quoted(FILE)}, count(*), sum(hash({columns})) FROM rewritten GROUP BY {quoted(FILE)}"
    ).fetchall()
    return {file: (count, total) for file, count, total in found}


def _commit(
    session: Session,
    table: Table,
    left_alone: list[DataFile],
    loaded: dict[str, DataFile],
    before: dict[str | None, tuple[int, int]],
) -> None:
    """Commits the unchanged files and new files with all other rows."""
    after = _contents(session, table)
    kept = [path for path in loaded if after.get(path) == before.get(path)]
    columns = ", ".join(quoted(column.name) for column in table.columns)
    others = (
        f"SELECT {columns} FROM rewritten WHERE {quoted(FILE)} IS NULL OR {quoted(FILE)} NOT IN (SELECT unnest({kept}))"
    )
    written, _ = write_iceberg(session, others, table.columns, session.iceberg.layout(table))
    session.iceberg.commit(table, left_alone + [loaded[path] for path in kept] + written)


def _redirect(target: exp.Table, name: Name) -> None:
    """Points the statement at the loaded copy, under the table's own name or alias."""
    alias = target.alias or name.table
    target.set("catalog", None)
    target.set("db", None)
    target.set("this", exp.to_identifier("rewritten", quoted=True))
    target.set("alias", exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))


def _in_duckdbs_words(tree: Node, table: Table) -> Node:
    """Unqualifies the columns of SET, as DuckDB requires, and names those of INSERT, as the copy has one more."""
    assignments = [
        node for update in tree.find_all(exp.Update) for node in update.expressions if isinstance(node, exp.EQ)
    ]
    for assignment in assignments:
        if isinstance(assignment.this, exp.Column):
            assignment.this.set("table", None)
            assignment.this.set("db", None)
    for insertion in tree.find_all(exp.Insert):
        if insertion.this is None:
            names = [exp.column(column.name, quoted=True) for column in table.columns]
            insertion.set("this", exp.Tuple(expressions=names))
    return tree
