"""DuckDB SQL that reads a table's files with the catalog's types."""

from pathlib import Path

import duckdb

from .catalog import Column, Table
from .errors import QueryError
from .types import literal, quoted

SERDES = {
    "parquet": "parquet", "openx": "json", "jsonserde": "json", "opencsv": "csv", "lazysimple": "text",
}  # fmt: skip


def file_format(table: Table) -> str:
    """`parquet`, `json`, `csv` or `text`. Raises QueryError for other formats."""
    library, _ = table.serde
    for part, name in SERDES.items():
        if part in library:
            return name
    raise QueryError("NOT_SUPPORTED", f"SerDe {library or 'unknown'} of table {table.database}.{table.name}")


def empty_select(columns: list[Column]) -> str:
    """A relation of these columns without rows."""
    nulls = ", ".join(f"CAST(NULL AS {c.duckdb}) AS {quoted(c.name)}" for c in columns)
    return f"SELECT {nulls} WHERE FALSE"


def files_select(
    connection: duckdb.DuckDBPyConnection, table: Table, paths: list[Path], *, file_column: str | None = None
) -> str:
    """A relation of the table's columns from these files, and of each row's file if `file_column` is given.

    Partition columns come from the names of the folders that the files lie in.
    """
    if not paths:
        return empty_select([*table.all_columns, *([Column(file_column, "string")] if file_column else [])])
    kind = file_format(table)
    scan = {"parquet": _parquet, "json": _json, "csv": _csv, "text": _text}[kind](table, paths)
    described = connection.execute(f"DESCRIBE SELECT * FROM {scan}").fetchall()
    present = {str(row[0]).lower(): str(row[1]) for row in described}
    columns = [_projection(c, present) for c in table.all_columns]
    if file_column:
        columns.append(f"filename AS {quoted(file_column)}")
    return f"SELECT {', '.join(columns)} FROM {scan}"


def _projection(column: Column, present: dict[str, str]) -> str:
    """The column with the catalog's type; null for files from before the column was added."""
    name, wanted = quoted(column.name), column.duckdb
    if column.name not in present:
        return f"CAST(NULL AS {wanted}) AS {name}"
    return name if present[column.name] == wanted else f"CAST({name} AS {wanted}) AS {name}"


def _files(paths: list[Path]) -> str:
    return "[" + ", ".join(literal(str(path)) for path in paths) + "]"


def _hive(table: Table) -> str:
    if not table.partition_keys:
        return "hive_partitioning = false"
    types = ", ".join(f"{literal(k.name)}: {literal(k.duckdb)}" for k in table.partition_keys)
    return f"hive_partitioning = true, hive_types = {{{types}}}"


def _struct(columns: list[Column], types: list[str]) -> str:
    return "{" + ", ".join(f"{literal(c.name)}: {literal(t)}" for c, t in zip(columns, types, strict=True)) + "}"


def _parquet(table: Table, paths: list[Path]) -> str:
    return f"read_parquet({_files(paths)}, union_by_name = true, {_hive(table)})"


def _json(table: Table, paths: list[Path]) -> str:
    types = _struct(table.columns, [c.duckdb for c in table.columns])
    lenient = table.serde[1].get("ignore.malformed.json", "false").lower() == "true"
    return (
        f"read_json({_files(paths)}, format = 'newline_delimited', columns = {types}, "
        f"ignore_errors = {str(lenient).lower()}, {_hive(table)})"
    )


def _csv(table: Table, paths: list[Path]) -> str:
    """OpenCSVSerde: every column is text, and an empty field is empty text, not null."""
    settings = table.serde[1]
    return _delimited(
        table, paths, settings.get("separatorChar", ","), settings.get("quoteChar", '"'), settings.get("escapeChar")
    )


def _text(table: Table, paths: list[Path]) -> str:
    """LazySimpleSerDe: unquoted fields, `\\N` is null."""
    settings = table.serde[1]
    separator = settings.get("field.delim", settings.get("serialization.format", "\x01"))
    return _delimited(table, paths, "\x01" if separator == "1" else separator, "", None)


def _delimited(table: Table, paths: list[Path], separator: str, quote: str, escape: str | None) -> str:
    skipped = int(table.parameters.get("skip.header.line.count", "0"))
    texts = _struct(table.columns, ["VARCHAR"] * len(table.columns))
    return (
        f"read_csv({_files(paths)}, header = false, skip = {skipped}, delim = {literal(separator)}, "
        f"quote = {literal(quote)}, escape = {literal(escape or quote)}, columns = {texts}, nullstr = '\\N', "
        f"force_not_null = [{', '.join(literal(c.name) for c in table.columns)}], auto_detect = false, "
        f"null_padding = true, parallel = false, {_hive(table)})"
    )
