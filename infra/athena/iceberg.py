"""Iceberg tables, with metadata of this package's own.

A commit writes new data files, then a metadata file that lists the files of the latest snapshots, then
points the table's `metadata_location` to it in one UpdateTable. Objects are never changed in place, so readers
see either the old snapshot or the new one.
"""

import json
import time
import uuid
from dataclasses import asdict, dataclass, field
from typing import Any

from .bounds import Bounds
from .catalog import Catalog, Table
from .errors import QueryError
from .storage import S3Object, Storage

KEPT_SECONDS = 60
PARAMETER = "metadata_location"


@dataclass(frozen=True)
class DataFile:
    """A Parquet file and the bounds of its columns."""

    stored: S3Object
    bounds: Bounds = field(default_factory=dict)


@dataclass(frozen=True)
class Layout:
    """How a table's files are written: folder, codec and partitioning."""

    folder: str
    compression: str
    partitioning: list[str]


@dataclass(frozen=True)
class Snapshot:
    """The table after one commit: its metadata file and its data files. `committed_at` in epoch seconds."""

    committed_at: float
    metadata: str
    files: list[DataFile]


class IcebergTables:
    """Reads and commits snapshots. Callers allow one writer at a time for each table.

    A replaced snapshot stays for `kept_seconds`, for queries that still read it.
    """

    def __init__(self, catalog: Catalog, storage: Storage, kept_seconds: float = KEPT_SECONDS) -> None:
        self._catalog = catalog
        self._storage = storage
        self._kept_seconds = kept_seconds

    def files(self, table: Table) -> list[DataFile]:
        """The files of the table's newest snapshot."""
        return self._snapshots(table)[-1].files

    def layout(self, table: Table) -> Layout:
        """How the table's files are written."""
        compression = table.parameters.get("write_compression", "zstd")
        return Layout(f"{table.location}/data", compression, self._partitioning(table))

    def first_commit(self, location: str, files: list[DataFile], partitioning: list[str]) -> dict[str, str]:
        """Commits the first snapshot; returns the parameters of a table at `location` with these files."""
        return {"table_type": "ICEBERG", PARAMETER: self._write_metadata(location, [], files, partitioning)}

    def commit(self, table: Table, files: list[DataFile], **changes: object) -> None:
        """Commits a snapshot of `files`. `changes` are other fields of the table to update."""
        self._switch(table, files, time.time() - self._kept_seconds, changes)

    def vacuum(self, table: Table) -> None:
        """Deletes all snapshots but the newest, and what interrupted writes left."""
        alive = self._switch(table, self.files(table), float("inf"), {})
        self._storage.delete(item.uri for item in self._storage.objects(table.location) if item.uri not in alive)

    def _switch(self, table: Table, files: list[DataFile], oldest: float, changes: dict[str, object]) -> set[str]:
        """Makes a new snapshot current and drops those replaced before `oldest`; returns the URIs still in use."""
        snapshots = self._snapshots(table)
        replaced_at = [later.committed_at for later in snapshots[1:]] + [time.time()]
        kept = [s for s, moment in zip(snapshots, replaced_at, strict=True) if moment > oldest]
        metadata = self._write_metadata(table.location, kept, files, self._partitioning(table))
        parameters = {**table.parameters, PARAMETER: metadata}
        self._catalog.update(table.database, table.as_input(Parameters=parameters, **changes))
        alive = {metadata} | {file.stored.uri for file in files} | _uris(kept)
        self._storage.delete(sorted(_uris(snapshots) - alive))
        return alive

    def _snapshots(self, table: Table) -> list[Snapshot]:
        content = self._metadata(table)
        try:
            return [
                Snapshot(entry["committed_at"], entry["metadata"], [_data_file(file) for file in entry["files"]])
                for entry in content["snapshots"]
            ]
        except (KeyError, TypeError) as error:
            raise _not_ours(table) from error

    def _partitioning(self, table: Table) -> list[str]:
        return [str(text) for text in self._metadata(table).get("partitioning", [])]

    def _metadata(self, table: Table) -> dict[str, Any]:
        location = table.parameters.get(PARAMETER)
        if not location:
            raise QueryError("ICEBERG_INVALID_METADATA", f"no metadata_location in table {table.database}.{table.name}")
        try:
            return dict(json.loads(self._storage.read(location)))
        except (TypeError, ValueError) as error:
            raise _not_ours(table) from error

    def _write_metadata(
        self, location: str, former: list[Snapshot], files: list[DataFile], partitioning: list[str]
    ) -> str:
        uri = f"{location}/metadata/{time.time_ns():020d}-{uuid.uuid4().hex}.json"
        snapshots = [*former, Snapshot(time.time(), uri, files)]
        content = {
            "location": location,
            "partitioning": partitioning,
            "snapshots": [asdict(snapshot) for snapshot in snapshots],
        }
        self._storage.write(uri, json.dumps(content).encode())
        return uri


def _data_file(entry: dict[str, Any]) -> DataFile:
    bounds = {column: (smallest, largest) for column, (smallest, largest) in entry["bounds"].items()}
    return DataFile(S3Object(**entry["stored"]), bounds)


def _not_ours(table: Table) -> QueryError:
    return QueryError("ICEBERG_INVALID_METADATA", f"{table.parameters[PARAMETER]} was not written by this endpoint")


def _uris(snapshots: list[Snapshot]) -> set[str]:
    """All objects of the snapshots."""
    return {uri for s in snapshots for uri in (s.metadata, *(file.stored.uri for file in s.files))}
