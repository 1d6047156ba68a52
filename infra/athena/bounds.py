"""The bounds of each column in a data file of an Iceberg table, by which queries skip files.

Iceberg's manifests hold them as `lower_bounds` and `upper_bounds` (https://iceberg.apache.org/spec/#manifests), with
texts cut to 16 characters (`write.metadata.metrics.default`, https://iceberg.apache.org/docs/latest/configuration/).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import duckdb
import sqlglot
from sqlglot import exp

from .catalog import Column, Table
from .nodes import Node
from .types import literal, quoted

Bounds = dict[str, tuple[str, str]]
TEXT_LENGTH: Final = 16
_LAST_CHARACTER: Final = chr(0x10FFFF)
_BOUNDED: Final = ("VARCHAR", "TIMESTAMP", "TIMESTAMP_MS", "DATE", "TINYINT", "SMALLINT", "INTEGER", "BIGINT")
# Whether rows of a file may pass a comparison, given the smallest (lo) and largest (hi) value.
_MAY_PASS: Final[dict[type[Node], str]] = {
    exp.EQ: "{lo} <= {value} AND {hi} >= {value}",
    exp.GT: "{hi} > {value}",
    exp.GTE: "{hi} >= {value}",
    exp.LT: "{lo} < {value}",
    exp.LTE: "{lo} <= {value}",
}


def measured(connection: duckdb.DuckDBPyConnection, file: Path, columns: Iterable[Column]) -> Bounds:
    """The bounds of a Parquet file's columns, as texts; columns with nothing but nulls have none."""
    bounded = [column for column in columns if column.duckdb in _BOUNDED]
    if not bounded:
        return {}
    pairs = ", ".join(f"min({quoted(c.name)})::VARCHAR, max({quoted(c.name)})::VARCHAR" for c in bounded)
    row = connection.execute(f"SELECT {pairs} FROM read_parquet({literal(str(file))})").fetchone() or ()
    found = {c.name: (row[2 * i], row[2 * i + 1]) for i, c in enumerate(bounded) if row[2 * i] is not None}
    texts = {c.name for c in bounded if c.duckdb == "VARCHAR"}
    return {name: _cut(*both) if name in texts else both for name, both in found.items()}


def _cut(smallest: str, largest: str) -> tuple[str, str]:
    """Iceberg rounds a cut upper bound up to the next larger text; appending the last character is larger still."""
    upper = largest if len(largest) <= TEXT_LENGTH else largest[:TEXT_LENGTH] + _LAST_CHARACTER
    return smallest[:TEXT_LENGTH], upper


@dataclass(frozen=True)
class Comparison:
    """`column operator value` in a scan's filters; `value` is DuckDB SQL."""

    column: str
    operator: type[Node]
    value: str


def comparisons(filters: Iterable[str], number: int) -> Iterator[Comparison]:
    """The comparisons that every row of a scan of stub `number` must pass, as far as they can be read."""
    for text in filters:
        for found in compared(sqlglot.parse_one(text, dialect="duckdb")):
            yield replace(found, column=found.column.removeprefix(f"t{number}_"))


def compared(condition: Node, table: str = "") -> Iterator[Comparison]:
    """The comparisons of a column of `table` with a literal that the condition requires."""
    for part in demands(condition):
        column, value = part.this, part.args.get("expression")
        if type(part) not in _MAY_PASS or not isinstance(column, exp.Column) or column.table != table:
            continue
        if isinstance(value, exp.Literal) or (isinstance(value, exp.Cast) and isinstance(value.this, exp.Literal)):
            yield Comparison(column.name, type(part), value.sql(dialect="duckdb"))


def demands(condition: Node) -> Iterator[Node]:
    """The conditions that are joined by AND."""
    condition = condition.unnest()
    if isinstance(condition, exp.And):
        yield from demands(condition.this)
        yield from demands(condition.expression)
    else:
        yield condition


def may_match(
    connection: duckdb.DuckDBPyConnection, table: Table, files: list[Bounds], scans: list[list[Comparison]]
) -> list[bool]:
    """For each file, whether any scan may match it. A scan without comparisons may match every file."""
    types = {column.name: column.duckdb for column in table.columns}
    used = sorted({c.column for scan in scans for c in scan if c.column in types})
    if not files or not used or not all(scans):
        return [True] * len(files)
    bound = {name: (f"CAST(v[{2 * i + 1}] AS {types[name]})", f"CAST(v[{2 * i + 2}] AS {types[name]})")
             for i, name in enumerate(used)}  # fmt: skip
    condition = " OR ".join("(" + " AND ".join(_test(c, bound) for c in scan) + ")" for scan in scans)
    values = [[text for name in used for text in bounds.get(name, (None, None))] for bounds in files]
    rows = connection.execute(
        f"SELECT {condition} FROM (SELECT generate_subscripts(vs, 1) AS i, unnest(vs) AS v "
        f"FROM (SELECT ?::VARCHAR[][] AS vs)) ORDER BY i",
        [values],
    ).fetchall()
    return [bool(row[0]) for row in rows]


def _test(comparison: Comparison, bound: dict[str, tuple[str, str]]) -> str:
    """The test of one comparison; a file without bounds of the column passes."""
    if comparison.column not in bound:
        return "TRUE"
    lo, hi = bound[comparison.column]
    may_pass = _MAY_PASS[comparison.operator].format(lo=lo, hi=hi, value=comparison.value)
    return f"coalesce({may_pass}, TRUE)"
