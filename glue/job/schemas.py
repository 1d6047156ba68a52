"""The lake's schemas, derived from the change event's contract. Needs no JVM, because the stacks use them, too."""

import json
import re
from importlib.resources import files
from typing import Any, Final, TypeAlias, TypedDict

from pyspark.sql.types import (
    DataType,
    DateType,
    IntegerType,
    LongType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)


class Column(TypedDict):
    """A column as the Glue catalog writes it; Type is Hive's."""

    Name: str
    Type: str


# Version -> its JSON Schema, in order. A version only ever adds optional properties to the one before.
Contracts: TypeAlias = dict[int, dict[str, Any]]


def _contracts() -> Contracts:
    """Every version that has a file. Lines of other versions wait in quarantine until theirs is deployed."""
    named = {re.fullmatch(r"change_event\.v(\d+)\.schema\.json", f.name): f for f in _FOLDER.iterdir()}
    found = {int(name[1]): json.loads(file.read_text("utf-8")) for name, file in named.items() if name}
    return dict(sorted(found.items()))


_FOLDER: Final = files("cdc_lambda").joinpath("contract")
CONTRACTS: Final[Contracts] = _contracts()
# The contract's property -> its column in the lake, where the names differ.
LAKE_NAMES: Final = {"user_key": "user_id"}


def newest(contracts: Contracts) -> dict[str, Any]:
    return contracts[max(contracts)]


CONTRACT: Final[dict[str, Any]] = newest(CONTRACTS)


def resolve(spec: dict[str, Any], contract: dict[str, Any] = CONTRACT) -> dict[str, Any]:
    """A property's own definition: follows $ref, and the branch of a oneOf that is not null."""
    if "oneOf" in spec:
        spec = next(branch for branch in spec["oneOf"] if branch.get("type") != "null")
    if "$ref" in spec:
        return resolve(contract["definitions"][spec["$ref"].rsplit("/", 1)[-1]], contract)
    return spec


def silver_schema(contract: dict[str, Any] = CONTRACT) -> StructType:
    """The columns of change events in silver, in the contract's order, without the partition column dt."""
    return _struct(contract, contract, typed=True, names=LAKE_NAMES)


def wire_schema(contract: dict[str, Any] = CONTRACT) -> StructType:
    """A line of bronze: as silver, but with the contract's names and times as text."""
    return _struct(contract, contract, typed=False, names={})


def _struct(spec: dict[str, Any], contract: dict[str, Any], *, typed: bool, names: dict[str, str]) -> StructType:
    return StructType(
        [
            StructField(names.get(name, name), _type(resolve(part, contract), contract, typed=typed), nullable=True)
            for name, part in spec["properties"].items()
        ]
    )


def _type(spec: dict[str, Any], contract: dict[str, Any], *, typed: bool) -> DataType:
    kinds = [spec["type"]] if isinstance(spec["type"], str) else spec["type"]
    if "object" in kinds:
        return _struct(spec, contract, typed=typed, names={})
    if "integer" in kinds:
        # A constant needs no room to grow.
        return IntegerType() if "const" in spec else LongType()
    if "string" not in kinds:
        raise ValueError(f"The lake has no type for {kinds}.")
    if not typed:
        return StringType()
    by_format: dict[str, DataType] = {"date-time": TimestampType(), "date": DateType()}
    return by_format.get(spec.get("format", ""), StringType())


def glue_columns(schema: StructType) -> list[Column]:
    """A schema as the columns of a Glue table."""
    return [{"Name": field.name, "Type": field.dataType.simpleString()} for field in schema]


CHANGE_EVENTS: Final = glue_columns(silver_schema())
SILVER_COMMITS: Final[list[Column]] = [
    {"Name": "pass_id", "Type": "string"},
    {"Name": "committed_at", "Type": "timestamp"},
    {"Name": "event_dt", "Type": "date"},
    {"Name": "entity", "Type": "string"},
    {"Name": "entity_id", "Type": "string"},
    {"Name": "user_id", "Type": "string"},
    {"Name": "events", "Type": "bigint"},
]
QUARANTINE: Final[list[Column]] = [
    {"Name": "line", "Type": "string"},
    {"Name": "reason", "Type": "string"},
    {"Name": "bronze_object", "Type": "string"},
    {"Name": "pass_id", "Type": "string"},
]
# The fields of the API's log lines that the lake may read: no ids that a client chose, no addresses.
API_REQUESTS: Final[list[Column]] = [
    {"Name": "request_id", "Type": "string"},
    {"Name": "time", "Type": "string"},
    {"Name": "route", "Type": "string"},
    {"Name": "status", "Type": "int"},
    {"Name": "duration_ms", "Type": "double"},
]
PARTITION_KEYS: Final[list[Column]] = [{"Name": "dt", "Type": "date"}]
CATALOG: Final[dict[str, list[Column]]] = {
    "change_events": CHANGE_EVENTS,
    "silver_commits": SILVER_COMMITS,
    "quarantine": QUARANTINE,
    "api_requests": API_REQUESTS,
}
