"""Tables with commits: a stand-in for Iceberg.

A commit writes new data files, then a metadata file that lists the files of the newest snapshots, then
switches the table's `metadata_location` to it in one UpdateTable. Nothing is ever changed in place, so a
reader that began before the switch still finds its files, and one that begins after it finds the new ones.
"""

import json
import time
import uuid
from dataclasses import asdict, dataclass

from .catalog import Catalog, Table
from .errors import QueryError
from .storage import S3Object, Storage

KEPT_SNAPSHOTS = 4
PARAMETER = "metadata_location"


@dataclass(frozen=True)
class Snapshot:
    """The data files of the table after one commit; `committed_at` in seconds since the epoch."""

    committed_at: float
    files: list[S3Object]


class IcebergTables:
    """Reads and commits snapshots. Callers let one writer at a time at a table."""

    def __init__(self, catalog: Catalog, storage: Storage) -> None:
        self._catalog = catalog
        self._storage = storage

    def files(self, table: Table) -> list[S3Object]:
        """The files of the table's newest snapshot."""
        return self._snapshots(table)[-1].files

    def first_commit(self, location: str, files: list[S3Object]) -> dict[str, str]:
        """The parameters that make a table at `location` of these files."""
        metadata = self._write_metadata(location, [Snapshot(time.time(), files)])
        return {"table_type": "ICEBERG", PARAMETER: metadata}

    def commit(self, table: Table, files: list[S3Object], **changes: object) -> None:
        """Switches the table to `files`; `changes` are other fields of the table to change with it."""
        snapshots = self._snapshots(table)
        kept = [*snapshots, Snapshot(time.time(), files)][-KEPT_SNAPSHOTS:]
        metadata = self._write_metadata(table.location, kept)
        parameters = {
            **table.parameters,
            "previous_metadata_location": table.parameters[PARAMETER],
            PARAMETER: metadata,
        }
        self._catalog.update(table.database, table.as_input(Parameters=parameters, **changes))
        alive = {item.uri for snapshot in kept for item in snapshot.files}
        dead = {item.uri for snapshot in snapshots for item in snapshot.files} - alive
        self._storage.delete([*sorted(dead), *self._replaced_metadata(table)])

    def vacuum(self, table: Table) -> None:
        """Forgets all snapshots but the newest, and what interrupted writes left behind."""
        newest = self._snapshots(table)[-1]
        metadata = self._write_metadata(table.location, [newest])
        self._catalog.update(table.database, table.as_input(Parameters={**table.parameters, PARAMETER: metadata}))
        alive = {item.uri for item in newest.files} | {metadata}
        self._storage.delete(item.uri for item in self._storage.objects(table.location) if item.uri not in alive)

    def _replaced_metadata(self, table: Table) -> list[str]:
        """The metadata file before the one that the commit just replaced: no reader holds on to it."""
        older = table.parameters.get("previous_metadata_location")
        return [older] if older else []

    def _snapshots(self, table: Table) -> list[Snapshot]:
        location = table.parameters.get(PARAMETER)
        if not location:
            raise QueryError("ICEBERG_INVALID_METADATA", f"no metadata_location in table {table.database}.{table.name}")
        content = json.loads(self._storage.read(location))
        return [
            Snapshot(entry["committed_at"], [S3Object(**item) for item in entry["files"]])
            for entry in content["snapshots"]
        ]

    def _write_metadata(self, location: str, snapshots: list[Snapshot]) -> str:
        uri = f"{location}/metadata/{time.time_ns():020d}-{uuid.uuid4().hex}.json"
        content = {"location": location, "snapshots": [asdict(snapshot) for snapshot in snapshots]}
        self._storage.write(uri, json.dumps(content).encode())
        return uri
