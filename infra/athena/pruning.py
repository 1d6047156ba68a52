"""What a query reads of each table, found with DuckDB's optimizer before any data is fetched.

The query is planned over stubs: each table is a view of an empty Parquet file whose columns have the table's
number in their names. The plan then shows, for each scan, its columns and the filters on partition columns.
"""

import hashlib
import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from .catalog import NULL_PARTITION, Column, Partition, Table, partition_folder
from .types import literal, quoted

_NAME = re.compile(r'\bt(\d+)_(\w[^.()"\s,]*)((?:\.[^\s,()"]+)*)')


@dataclass
class Need:
    """What the query reads of one table.

    `columns` holds column paths such as ("after", "status"). `filters` has one entry for each scan: DuckDB's
    text of its partition filters; `tests` likewise of its filters on other columns. `whole` says that some scan has
    no partition filters.
    """

    columns: set[tuple[str, ...]] = field(default_factory=set)
    filters: list[list[str]] = field(default_factory=list)
    tests: list[list[str]] = field(default_factory=list)
    whole: bool = False


def stub_select(
    connection: duckdb.DuckDBPyConnection,
    number: int,
    table: Table,
    folder: Path,
    values: tuple[str, ...] | None = None,
) -> str:
    """A relation with the table's columns and no rows, which the plan shows under names of its own.

    Represents one partition: that of `values`, or one that no filter matches.
    """
    keys = [Column(f"t{number}_{key.name}", key.type, key.digits) for key in table.partition_keys]
    columns = [Column(f"t{number}_{column.name}", column.type, column.digits) for column in table.columns]
    nulls = ", ".join(f"CAST(NULL AS {c.duckdb}) AS {quoted(c.name)}" for c in columns)
    place = partition_folder(keys, values or (NULL_PARTITION,) * len(keys))
    file = folder / "stubs" / hashlib.sha256(nulls.encode()).hexdigest() / place / "empty.parquet"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        partial = file.with_name(f"{uuid.uuid4()}.part")
        connection.execute(f"COPY (SELECT {nulls} WHERE FALSE) TO {literal(str(partial))} (FORMAT parquet)")
        partial.replace(file)
    hive = "hive_partitioning = false"
    if keys:
        types = ", ".join(f"{literal(k.name)}: {literal(k.duckdb)}" for k in keys)
        hive = f"hive_partitioning = true, hive_types = {{{types}}}"
    names = ", ".join(f"{quoted(f't{number}_{c.name}')} AS {quoted(c.name)}" for c in table.all_columns)
    return f"SELECT {names} FROM read_parquet([{literal(str(file))}], {hive})"


def needs(connection: duckdb.DuckDBPyConnection, sql: str, count: int) -> list[Need]:
    """What the query reads of each of `count` stubs, by number; everything, if the plan doesn't show it."""
    found = [Need() for _ in range(count)]
    anonymous = False
    for scan in _scans(_plan(connection, sql)):
        columns = [match for text in _texts(scan.get("Projections")) for match in [_NAME.match(text)] if match]
        filters = _split("".join(_texts(scan.get("File Filters"))))
        tested = [m for text in [*filters, *_texts(scan.get("Filters"))] for m in _NAME.finditer(text)]
        numbers = {int(match[1]) for match in [*columns, *tested]}
        if len(numbers) != 1:
            anonymous = True
            continue
        need = found[numbers.pop()]
        need.columns |= {(match[2], *match[3].split(".")[1:]) for match in columns}
        need.columns |= {(match[2],) for match in tested}
        need.filters.append(filters)
        need.tests.append(_texts(scan.get("Filters")))
        need.whole |= not filters
    for need in found:
        need.whole |= anonymous or not need.filters
        if anonymous:
            need.tests.append([])
    return found


def matching(
    connection: duckdb.DuckDBPyConnection, number: int, table: Table, partitions: list[Partition], need: Need
) -> list[Partition]:
    """The partitions that some scan can't rule out."""
    if need.whole or not partitions:
        return partitions
    condition = " OR ".join("(" + " AND ".join(scan) + ")" for scan in need.filters)
    keys = ", ".join(
        f"CAST(nullif(v[{i}], {literal(NULL_PARTITION)}) AS {k.duckdb}) AS {quoted(f't{number}_{k.name}')}"
        for i, k in enumerate(table.partition_keys, 1)
    )
    values = [list(partition.values) for partition in partitions]
    try:
        kept = connection.execute(
            f"SELECT i FROM (SELECT generate_subscripts(vs, 1) AS i, unnest(vs) AS v FROM (SELECT ? AS vs)) "
            f"CROSS JOIN LATERAL (SELECT {keys}) WHERE {condition} ORDER BY i",
            [values],
        ).fetchall()
    except duckdb.Error:
        return partitions
    return [partitions[row[0] - 1] for row in kept]


def edges(partitions: list[Partition], need: Need) -> list[Partition]:
    """Partitions that a filter may exclude although its text doesn't show it.

    DuckDB writes `a > 1 AND a < 3` as `a BETWEEN 1 AND 3`: the bounds need a second look.
    """
    doubtful = [text for scan in need.filters for text in scan if " BETWEEN " in text]
    return [p for p in partitions if any(f"'{value}'" in text for value in p.values for text in doubtful)]


def stub_is_scanned(connection: duckdb.DuckDBPyConnection, sql: str, number: int) -> bool:
    """Whether some scan of the table reads its stub's partition."""
    scans = [scan for scan in _scans(_plan(connection, sql)) if re.search(rf"\bt{number}_", json.dumps(scan))]
    return any(not str(scan.get("Scanning Files", "1")).startswith("0/") for scan in scans)


def _plan(connection: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    return list(json.loads(connection.execute(f"EXPLAIN (FORMAT json) {sql}").fetchall()[-1][1]))


def _scans(plan: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for node in plan:
        info = node.get("extra_info") or {}
        if info.get("Function") == "READ_PARQUET":
            yield info
        yield from _scans(node.get("children") or [])


def _texts(entry: Any) -> list[str]:
    if not entry:
        return []
    return [str(text) for text in entry] if isinstance(entry, list) else [str(entry)]


def _split(text: str) -> list[str]:
    """Splits the filters of a scan, which DuckDB writes without a separator."""
    parts, depth, start, quote = [], 0, 0, False
    for position, char in enumerate(text):
        quote ^= char == "'"
        if quote:
            continue
        depth += (char == "(") - (char == ")")
        following = text[position + 1 : position + 2]
        if char == ")" and depth == 0 and (following == "(" or following.isalpha()):
            parts.append(text[start : position + 1])
            start = position + 1
    return [part for part in [*parts, text[start:]] if part.strip()]
