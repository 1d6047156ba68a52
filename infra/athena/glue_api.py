"""The Glue API: the emulator's, with the actions that emulators lack."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import duckdb
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from .catalog import NULL_PARTITION, Column
from .errors import RequestError
from .types import literal, quoted

PREFIX = "AWSGlue."
FORWARDED = ("content-type", "user-agent")
KEPT_VERSIONS = 50


@dataclass(frozen=True)
class Response:
    status: int
    body: bytes

    @property
    def ok(self) -> bool:
        return self.status == HTTPStatus.OK

    @property
    def content(self) -> dict[str, Any]:
        return dict(json.loads(self.body or b"{}"))


class Backend:
    """Forwards calls to the emulator and signs them again, as the caller signed for this server's address."""

    def __init__(self, url: str, credentials: Credentials, region: str) -> None:
        self._url = url
        self._credentials, self._region = credentials, region
        self._pool = urllib3.PoolManager(maxsize=16, retries=False, timeout=urllib3.Timeout(connect=5, read=60))

    def call(self, target: str, body: bytes, headers: Mapping[str, str]) -> Response:
        sent = {name: value for name, value in headers.items() if name.lower() in FORWARDED}
        request = AWSRequest("POST", self._url, {**sent, "X-Amz-Target": target}, body)
        service = "athena" if target.startswith("AmazonAthena.") else "glue"
        SigV4Auth(self._credentials, service, self._region).add_auth(request)
        response = self._pool.request("POST", self._url, body=body, headers=dict(request.headers.items()))
        return Response(response.status, response.data)


class TableVersions:
    """Former versions of tables, newest last, in files that outlive the process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()

    def _file(self, database: str, table: str) -> Path:
        return self._folder / database / f"{table}.json"

    def all(self, database: str, table: str) -> list[dict[str, Any]]:
        file = self._file(database, table)
        return list(json.loads(file.read_text(encoding="utf-8"))) if file.exists() else []

    def add(self, version: dict[str, Any]) -> None:
        with self._lock:
            versions = self.all(version["DatabaseName"], version["Name"])
            self._save(version["DatabaseName"], version["Name"], [*versions, version][-KEPT_VERSIONS:])

    def delete(self, database: str, table: str, version: str) -> bool:
        """Returns whether the version existed."""
        with self._lock:
            versions = self.all(database, table)
            kept = [entry for entry in versions if entry["VersionId"] != version]
            self._save(database, table, kept)
            return len(kept) < len(versions)

    def forget(self, database: str, table: str) -> None:
        with self._lock:
            self._file(database, table).unlink(missing_ok=True)

    def _save(self, database: str, table: str, versions: list[dict[str, Any]]) -> None:
        file = self._file(database, table)
        file.parent.mkdir(parents=True, exist_ok=True)
        partial = file.with_suffix(".part")
        partial.write_text(json.dumps(versions), encoding="utf-8")
        partial.replace(file)


class GlueApi:
    """Handles some of Glue's actions; for others, passes on the emulator's response."""

    def __init__(self, backend: Backend, versions: TableVersions) -> None:
        self._backend = backend
        self._versions = versions
        self._own: dict[str, Callable[[dict[str, Any], Mapping[str, str]], Response]] = {
            "GetTableVersions": self._get_table_versions,
            "DeleteTableVersion": self._delete_table_version,
            "GetTable": self._get_table,
            "GetTables": self._get_tables,
            "UpdateTable": self._update_table,
            "DeleteTable": self._delete_table,
            "GetPartitions": self._get_partitions,
            "UpdatePartition": self._update_partition,
            "BatchDeletePartition": self._batch_delete_partition,
        }

    def respond(self, action: str, body: bytes, headers: Mapping[str, str]) -> Response:
        own = self._own.get(action)
        return own(json.loads(body or b"{}"), headers) if own else self._backend.call(PREFIX + action, body, headers)

    def _call(self, action: str, request: dict[str, Any], headers: Mapping[str, str]) -> Response:
        return self._backend.call(PREFIX + action, json.dumps(request).encode(), headers)

    def _table(self, database: str, name: str, headers: Mapping[str, str]) -> dict[str, Any]:
        response = self._call("GetTable", {"DatabaseName": database, "Name": name}, headers)
        if not response.ok:
            raise RequestError("EntityNotFoundException", f"Table {name} not found.")
        return _cleaned(response.content["Table"])

    def _get_table(self, request: dict[str, Any], headers: Mapping[str, str]) -> Response:
        response = self._call("GetTable", request, headers)
        return _ok(Table=_cleaned(response.content["Table"])) if response.ok else response

    def _get_tables(self, request: dict[str, Any], headers: Mapping[str, str]) -> Response:
        """Refuses an unknown database, for which the emulator returns an empty list."""
        found = self._call("GetDatabase", {"Name": request["DatabaseName"]}, headers)
        if not found.ok:
            return found
        response = self._call("GetTables", request, headers)
        if not response.ok:
            return response
        content = response.content
        content["TableList"] = [_cleaned(table) for table in content["TableList"]]
        return _ok(**content)

    def _get_table_versions(self, request: dict[str, Any], headers: Mapping[str, str]) -> Response:
        current = self._table(request["DatabaseName"], request["TableName"], headers)
        former = self._versions.all(request["DatabaseName"], request["TableName"])
        return _ok(TableVersions=[_version(table) for table in [current, *reversed(former)]])

    def _delete_table_version(self, request: dict[str, Any], headers: Mapping[str, str]) -> Response:
        version = str(request["VersionId"])
        current = self._table(request["DatabaseName"], request["TableName"], headers)
        if version == current["VersionId"]:
            raise RequestError("InvalidInputException", "Cannot delete the latest version of the table.")
        if not self._versions.delete(request["DatabaseName"], request["TableName"], version):
            raise RequestError("EntityNotFoundException", f"Version {version} not found.")
        return _ok()

    def _update_table(self, request: dict[str, Any], headers: Mapping[str, str]) -> Response:
        """Keeps the replaced version, unless the request sets SkipArchive."""
        before = self._call(
            "GetTable", {"DatabaseName": request["DatabaseName"], "Name": request["TableInput"]["Name"]}, headers
        )
        response = self._call("UpdateTable", request, headers)
        if response.ok and before.ok and not request.get("SkipArchive"):
            self._versions.add(_cleaned(before.content["Table"]))
        return response

    def _delete_table(self, request: dict[str, Any], headers: Mapping[str, str]) -> Response:
        response = self._call("DeleteTable", request, headers)
        if response.ok:
            self._versions.forget(request["DatabaseName"], request["Name"])
        return response

    def _get_partitions(self, request: dict[str, Any], headers: Mapping[str, str]) -> Response:
        expression = request.pop("Expression", None)
        response = self._call("GetPartitions", request, headers)
        if not expression or not response.ok:
            return response
        table = self._table(request["DatabaseName"], request["TableName"], headers)
        keys = [Column(key["Name"], key["Type"]) for key in table.get("PartitionKeys") or []]
        content = response.content
        content["Partitions"] = _filtered(content["Partitions"], keys, expression)
        return _ok(**content)

    def _update_partition(self, request: dict[str, Any], headers: Mapping[str, str]) -> Response:
        entry = {key: request[key] for key in ("PartitionValueList", "PartitionInput")}
        names = {key: request[key] for key in ("DatabaseName", "TableName")}
        response = self._call("BatchUpdatePartition", {**names, "Entries": [entry]}, headers)
        if response.ok and (errors := response.content.get("Errors")):
            detail = errors[0]["ErrorDetail"]
            raise RequestError(detail["ErrorCode"], detail["ErrorMessage"])
        return _ok() if response.ok else response

    def _batch_delete_partition(self, request: dict[str, Any], headers: Mapping[str, str]) -> Response:
        names = {key: request[key] for key in ("DatabaseName", "TableName")}
        errors = []
        for entry in request["PartitionsToDelete"]:
            found = self._call("GetPartition", {**names, "PartitionValues": entry["Values"]}, headers)
            if found.ok:
                self._call("DeletePartition", {**names, "PartitionValues": entry["Values"]}, headers)
            else:
                detail = {"ErrorCode": "EntityNotFoundException", "ErrorMessage": "Partition not found."}
                errors.append({"PartitionValues": entry["Values"], "ErrorDetail": detail})
        return _ok(Errors=errors)


def _ok(**content: Any) -> Response:
    return Response(200, json.dumps(content).encode())


def _cleaned(table: dict[str, Any]) -> dict[str, Any]:
    """A table without empty fields, which Glue omits and UpdateTable refuses."""
    return {key: value for key, value in table.items() if value is not None and value != ""}


def _version(table: dict[str, Any]) -> dict[str, Any]:
    return {"Table": table, "VersionId": table["VersionId"]}


def _filtered(partitions: list[dict[str, Any]], keys: list[Column], expression: str) -> list[dict[str, Any]]:
    """The partitions that match an expression such as `dt >= '2026-01-01' AND n = 3`."""
    connection = duckdb.connect(":memory:")
    try:
        return [p for p in partitions if _holds(connection, p["Values"], keys, expression)]
    except duckdb.Error as error:
        raise RequestError("InvalidInputException", f"Unsupported expression '{expression}': {error}") from error
    finally:
        connection.close()


def _holds(connection: duckdb.DuckDBPyConnection, values: list[str], keys: list[Column], expression: str) -> bool:
    row = ", ".join(
        f"CAST(nullif({literal(value)}, {literal(NULL_PARTITION)}) AS {key.duckdb}) AS {quoted(key.name)}"
        for key, value in zip(keys, values, strict=True)
    )
    found = connection.execute(f"SELECT ({expression}) IS TRUE FROM (SELECT {row})").fetchone()
    return bool(found and found[0])
