"""Parquet files of a query's rows."""

import uuid
from typing import Any

from .catalog import NULL_PARTITION, Partition, Table, partition_folder
from .errors import QueryError
from .session import Session
from .storage import S3Object
from .types import duckdb_type, literal, quoted

OPEN_PARTITIONS = 100
PARQUET: dict[str, Any] = {
    "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
}


def write_file(session: Session, select: str, location: str, compression: str) -> tuple[list[S3Object], int]:
    """Writes a relation as one Parquet file of a fresh name; none if it has no rows. Also the row count."""
    name = f"{uuid.uuid4()}.parquet"
    path = session.folder / name
    codec = {"none": "uncompressed", "uncompressed": "uncompressed"}.get(compression, compression)
    counted = session.execute(f"COPY ({select}) TO {literal(str(path))} (FORMAT parquet, COMPRESSION {codec})")
    rows = int((counted.fetchone() or (0,))[0])
    try:
        return ([session.storage.upload(path, f"{location}/{name}")] if rows else [], rows)
    finally:
        path.unlink(missing_ok=True)


def write_hive(session: Session, table: Table, select: str, compression: str) -> tuple[list[Partition], int]:
    """Writes a relation's rows below the table's location; the partitions they fall into, and their number."""
    if not table.partition_keys:
        return [], write_file(session, select, table.location, compression)[1]
    session.execute(f"CREATE OR REPLACE TEMP TABLE written AS {select}")
    keys = ", ".join(quoted(key.name) for key in table.partition_keys)
    values = session.execute(f"SELECT DISTINCT {keys} FROM written ORDER BY ALL").fetchall()
    if len(values) > OPEN_PARTITIONS:
        raise QueryError(
            "HIVE_TOO_MANY_OPEN_PARTITIONS",
            f"TOO_MANY_OPEN_PARTITIONS: Exceeded limit of {OPEN_PARTITIONS} open writers for partitions/buckets",
        )
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
            + ("NULL" if value is None else f"CAST({literal(str(value))} AS {duckdb_type(key.type)})")
            for key, value in zip(table.partition_keys, row, strict=True)
        )
        total += write_file(session, f"SELECT {data} FROM written WHERE {test}", partition.location, compression)[1]
        partitions.append(partition)
    return [p for p in partitions if p.values not in existing], total
