"""Writes a query's rows as Parquet files."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from . import partitioning
from .catalog import NULL_PARTITION, Column, Partition, Table, partition_folder
from .errors import QueryError
from .iceberg import DataFile, Layout
from .session import Session
from .types import literal, quoted

OPEN_PARTITIONS = 100
PARQUET: dict[str, Any] = {
    "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
}


def write_file(session: Session, select: str, location: str, compression: str) -> int:
    """Writes a relation as one Parquet file with a new name, or none if it has no rows; returns the row count."""
    with _written(session, select, compression) as (path, rows):
        if rows:
            session.storage.upload(path, f"{location}/{path.name}")
    return rows


def write_iceberg(session: Session, select: str, columns: list[Column], layout: Layout) -> tuple[list[DataFile], int]:
    """Writes a relation with these columns, a file for each partition; returns the files and the row count.

    Raises QueryError if there are more partitions than Athena writes at once.
    """
    names = ", ".join(quoted(column.name) for column in columns)
    transforms = partitioning.expressions(layout.partitioning, columns)
    session.execute(f"CREATE OR REPLACE TEMP TABLE written AS SELECT {', '.join(['*', *transforms])} FROM ({select})")
    values = _partitions(session, list(transforms.values())) if transforms else [()]
    files: list[DataFile] = []
    total = 0
    for row in values:
        test = " AND ".join(
            f"{name} IS NOT DISTINCT FROM {'NULL' if value is None else literal(str(value))}"
            for name, value in zip(transforms.values(), row, strict=True)
        )
        chosen = f"SELECT {names} FROM written WHERE {test or 'TRUE'}"
        with _written(session, chosen, layout.compression) as (path, rows):
            if rows:
                bounds = session.bounds(path, columns)
                files.append(DataFile(session.storage.upload(path, f"{layout.folder}/{path.name}"), bounds))
        total += rows
    return files, total


@contextmanager
def _written(session: Session, select: str, compression: str) -> Iterator[tuple[Path, int]]:
    """A relation as a Parquet file in the session's folder, and its row count."""
    path = session.folder / f"{uuid.uuid4()}.parquet"
    codec = "uncompressed" if compression == "none" else compression
    counted = session.execute(f"COPY ({select}) TO {literal(str(path))} (FORMAT parquet, COMPRESSION {codec})")
    try:
        yield path, int((counted.fetchone() or (0,))[0])
    finally:
        path.unlink(missing_ok=True)


def _partitions(session: Session, keys: list[str]) -> list[tuple[Any, ...]]:
    """The partitions of the rows of `written`. Raises QueryError if there are too many."""
    values = session.execute(f"SELECT DISTINCT {', '.join(keys)} FROM written ORDER BY ALL").fetchall()
    if len(values) > OPEN_PARTITIONS:
        raise QueryError(
            "HIVE_TOO_MANY_OPEN_PARTITIONS",
            f"TOO_MANY_OPEN_PARTITIONS: Exceeded limit of {OPEN_PARTITIONS} open writers for partitions/buckets",
        )
    return values


def write_hive(session: Session, table: Table, select: str, compression: str) -> tuple[list[Partition], int]:
    """Writes a relation's rows below the table's location; returns the new partitions and the row count."""
    if not table.partition_keys:
        return [], write_file(session, select, table.location, compression)
    session.execute(f"CREATE OR REPLACE TEMP TABLE written AS {select}")
    values = _partitions(session, [quoted(key.name) for key in table.partition_keys])
    existing = (
        {p.values: p for p in session.catalog.partitions(table)}
        if session.catalog.find(table.database, table.name)
        else {}
    )
    data = ", ".join(quoted(column.name) for column in table.columns)
    partitions, total = [], 0
    for row in values:
        texts = tuple(NULL_PARTITION if value is None else str(value) for value in row)
        partition = existing.get(texts) or Partition(
            texts, f"{table.location}/{partition_folder(table.partition_keys, texts)}"
        )
        test = " AND ".join(
            f"{quoted(key.name)} IS NOT DISTINCT FROM "
            + ("NULL" if value is None else f"CAST({literal(str(value))} AS {key.duckdb})")
            for key, value in zip(table.partition_keys, row, strict=True)
        )
        total += write_file(session, f"SELECT {data} FROM written WHERE {test}", partition.location, compression)
        partitions.append(partition)
    return [p for p in partitions if p.values not in existing], total
