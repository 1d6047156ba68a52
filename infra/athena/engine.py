"""The DuckDB instance that all queries share."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from .catalog import Catalog
from .session import Session
from .storage import Storage
from .types import literal

MACROS = Path(__file__).with_name("trino_functions.sql")


class Engine:
    """One DuckDB instance; its macros, threads and memory are shared by all sessions."""

    def __init__(self, catalog: Catalog, storage: Storage, folder: Path, threads: int = 2) -> None:
        self.catalog = catalog
        self.storage = storage
        self._folder = folder
        self._numbers = itertools.count()
        spill = folder / "spill"
        self._root = duckdb.connect(
            ":memory:", config={"threads": threads, "temp_directory": str(spill), "autoload_known_extensions": False}
        )
        _define_zones(self._root)
        self._root.execute(MACROS.read_text(encoding="utf-8"))

    @contextmanager
    def session(self, database: str) -> Iterator[Session]:
        """A session with its own database, which is dropped at the end."""
        name = f"s{next(self._numbers)}"
        connection = self._root.cursor()
        connection.execute(f"ATTACH ':memory:' AS {name}; SET search_path = '{name}.main,memory.main'")
        connection.execute("SET TimeZone = 'UTC'; SET python_enable_replacements = false")
        session = Session(
            catalog=self.catalog, storage=self.storage, connection=connection, folder=self._folder, database=database
        )
        try:
            yield session
        finally:
            session.release()
            connection.execute(f"USE memory; DETACH {name}")
            connection.close()

    def close(self) -> None:
        self._root.close()


def _define_zones(connection: duckdb.DuckDBPyConnection) -> None:
    """Defines trino_zone(zone): the zone, or an error that TRY catches; TRY lets DuckDB's own error through."""
    known = connection.execute("SELECT name FROM pg_timezone_names()").fetchall()
    names = ", ".join(literal(name) for (name,) in known)
    connection.execute(
        f"CREATE MACRO trino_zone(zone) AS CASE WHEN zone IS NULL OR list_contains([{names}], zone) THEN zone "
        "ELSE CAST(CAST('not a time zone: ' || zone AS BOOLEAN) AS VARCHAR) END"
    )
