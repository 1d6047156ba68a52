"""The Glue catalog as a query sees it: each table is read once."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from .errors import QueryError, schema_not_found, table_not_found
from .types import MICROSECONDS, MILLISECONDS, duckdb_type

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_glue.type_defs import DatabaseInputTypeDef, PartitionInputTypeDef, TableInputTypeDef

PARTITION_BATCH = 100
NULL_PARTITION = "__HIVE_DEFAULT_PARTITION__"
INPUT_FIELDS = (
    "Name", "Description", "Owner", "Retention", "StorageDescriptor", "PartitionKeys", "ViewOriginalText",
    "ViewExpandedText", "TableType", "Parameters",
)  # fmt: skip


@dataclass(frozen=True)
class Column:
    """A column of the catalog, with its Hive type. `digits` is the precision of its timestamps."""

    name: str
    type: str
    digits: int = MILLISECONDS

    @property
    def duckdb(self) -> str:
        """Its DuckDB type. Raises QueryError for an unknown type."""
        return duckdb_type(self.type, self.digits)


@dataclass(frozen=True)
class Partition:
    values: tuple[str, ...]
    location: str


@dataclass(frozen=True)
class Table:
    """A table or view as Glue described it at one moment."""

    database: str
    name: str
    raw: dict[str, Any]

    @cached_property
    def columns(self) -> list[Column]:
        """The columns in the files."""
        return _columns(
            self.raw.get("StorageDescriptor", {}).get("Columns", []), MICROSECONDS if self.is_iceberg else MILLISECONDS
        )

    @cached_property
    def partition_keys(self) -> list[Column]:
        return _columns(self.raw.get("PartitionKeys") or [], MILLISECONDS)

    @property
    def all_columns(self) -> list[Column]:
        return self.columns + self.partition_keys

    @property
    def location(self) -> str:
        """The S3 location, without a trailing slash."""
        return str(self.raw.get("StorageDescriptor", {}).get("Location", "")).rstrip("/")

    @property
    def parameters(self) -> dict[str, str]:
        return self.raw.get("Parameters") or {}

    @property
    def is_view(self) -> bool:
        return self.raw.get("TableType") == "VIRTUAL_VIEW"

    @property
    def is_iceberg(self) -> bool:
        return self.parameters.get("table_type", "").upper() == "ICEBERG"

    @property
    def serde(self) -> tuple[str, dict[str, str]]:
        """The serialization library's name in lower case, and its parameters."""
        info = self.raw.get("StorageDescriptor", {}).get("SerdeInfo") or {}
        return str(info.get("SerializationLibrary", "")).lower(), info.get("Parameters") or {}

    @property
    def view_text(self) -> str:
        return str(self.raw.get("ViewOriginalText") or "")

    def as_input(self, **changes: Any) -> dict[str, Any]:
        """The input of UpdateTable and CreateTable, with some fields replaced."""
        kept = {field: self.raw[field] for field in INPUT_FIELDS if self.raw.get(field) not in (None, "")}
        return {**kept, **changes}


def _columns(described: list[dict[str, Any]], digits: int) -> list[Column]:
    current = [c for c in described if (c.get("Parameters") or {}).get("iceberg.field.current") != "false"]
    return [Column(c["Name"].lower(), c.get("Type", "string"), digits) for c in current]


def _is_missing(error: ClientError) -> bool:
    return error.response.get("Error", {}).get("Code") == "EntityNotFoundException"


class Catalog:
    """The calls of Glue that queries need. Names are lower case, as in Glue."""

    def __init__(self, client: "GlueClient") -> None:
        self._client = client

    def find(self, database: str, name: str) -> Table | None:
        try:
            raw = self._client.get_table(DatabaseName=database.lower(), Name=name.lower())["Table"]
        except ClientError as error:
            if _is_missing(error):
                return None
            raise
        return Table(database.lower(), name.lower(), dict(raw))

    def table(self, database: str, name: str) -> Table:
        """The table. Raises QueryError if it or its database doesn't exist."""
        if found := self.find(database, name):
            return found
        self.require_database(database)
        raise table_not_found(database.lower(), name.lower())

    def partitions(self, table: Table) -> list[Partition]:
        pages = self._client.get_paginator("get_partitions").paginate(DatabaseName=table.database, TableName=table.name)
        return [
            Partition(tuple(item["Values"]), item["StorageDescriptor"]["Location"].rstrip("/"))
            for page in pages
            for item in page["Partitions"]
        ]

    def tables(self, database: str) -> list[Table]:
        pages = self._client.get_paginator("get_tables").paginate(DatabaseName=database.lower())
        found = [Table(database.lower(), item["Name"], dict(item)) for page in pages for item in page["TableList"]]
        return sorted(found, key=lambda table: table.name)

    def databases(self) -> list[str]:
        pages = self._client.get_paginator("get_databases").paginate()
        return sorted(item["Name"] for page in pages for item in page["DatabaseList"])

    def has_database(self, name: str) -> bool:
        try:
            self._client.get_database(Name=name.lower())
        except ClientError as error:
            if _is_missing(error):
                return False
            raise
        return True

    def require_database(self, name: str) -> None:
        if not self.has_database(name):
            raise schema_not_found(name.lower())

    def create_database(self, name: str, location: str | None, comment: str | None) -> None:
        given = {"Name": name.lower(), "LocationUri": location, "Description": comment}
        self._client.create_database(DatabaseInput=cast("DatabaseInputTypeDef", {k: v for k, v in given.items() if v}))

    def drop_database(self, name: str) -> None:
        self._client.delete_database(Name=name.lower())

    def create(self, database: str, table: dict[str, Any]) -> None:
        """Raises QueryError if the name is taken."""
        try:
            self._client.create_table(DatabaseName=database, TableInput=cast("TableInputTypeDef", table))
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "AlreadyExistsException":
                raise already_exists(database, table["Name"]) from error
            if _is_missing(error):
                raise schema_not_found(database) from error
            raise

    def update(self, database: str, table: dict[str, Any]) -> None:
        self._client.update_table(DatabaseName=database, TableInput=cast("TableInputTypeDef", table))

    def drop(self, table: Table) -> None:
        self._client.delete_table(DatabaseName=table.database, Name=table.name)

    def add_partitions(self, table: Table, partitions: list[Partition]) -> None:
        """Adds partitions in the table's format; existing ones stay as they are."""
        descriptor = table.raw["StorageDescriptor"]
        inputs: list[dict[str, Any]] = [
            {
                "Values": list(partition.values),
                "StorageDescriptor": {**descriptor, "Location": partition.location},
                "Parameters": {},
            }
            for partition in partitions
        ]
        for start in range(0, len(inputs), PARTITION_BATCH):
            self._client.batch_create_partition(
                DatabaseName=table.database,
                TableName=table.name,
                PartitionInputList=cast("list[PartitionInputTypeDef]", inputs[start : start + PARTITION_BATCH]),
            )


def already_exists(database: str, name: str) -> QueryError:
    return QueryError("TABLE_ALREADY_EXISTS", f"line 1:1: Table 'awsdatacatalog.{database}.{name}' already exists")


def partition_folder(keys: list[Column], values: tuple[str, ...]) -> str:
    """Hive's folder for a partition, such as `dt=2026-01-01/country=de`, with special characters escaped."""
    return "/".join(f"{key.name}={_escaped(value)}" for key, value in zip(keys, values, strict=True))


def _escaped(value: str) -> str:
    return re.sub(r'["#%\'*/:=?\\{\[\]^\x00-\x1f\x7f]', lambda match: f"%{ord(match[0]):02X}", value)
