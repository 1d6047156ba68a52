"""Parquet files that tests put into the lake."""

from pathlib import Path

import duckdb


def parquet(folder: Path, select: str) -> bytes:
    """A query's rows as a Parquet file."""
    file = folder / "rows.parquet"
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"COPY ({select}) TO '{file}' (FORMAT parquet)")
    return file.read_bytes()
