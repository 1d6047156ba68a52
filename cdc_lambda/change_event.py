"""Maps one stream record to one change event. Pure: the same record always gives the same bytes."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final, TypeAlias

import jsonschema_rs
import msgspec

Record: TypeAlias = Mapping[str, Any]
Image: TypeAlias = Mapping[str, Mapping[str, Any]]
Event: TypeAlias = dict[str, Any]

CONTRACT: Final[dict[str, Any]] = json.loads(
    files("cdc_lambda").joinpath("contract", "change_event.v1.schema.json").read_text("utf-8")
)
SCHEMA_VERSION: Final[int] = CONTRACT["properties"]["schema_version"]["const"]

# The attributes that may leave the table. Everything else stays, above all free text, names and e-mail addresses.
ALLOWED: Final[dict[str, tuple[str, ...]]] = {
    "task": (
        "status",
        "priority",
        "category",
        "due_date",
        "updated_at",
        "started_at",
        "completed_at",
        "deleted_at",
    ),
    "user": ("time_zone", "created_at", "updated_at"),
}
EVENT_NAMES: Final = {"INSERT": "insert", "MODIFY": "modify"}
# The sequence number of an event that was made from the item itself.
NO_SEQUENCE_NUMBER: Final = "0"
TTL_PRINCIPAL: Final = "dynamodb.amazonaws.com"
CACHED_USERS: Final = 10_000
CACHED_SECONDS: Final = 1_000
# The end of a time, by its milliseconds: a look-up takes a fifth of the time of formatting it.
FRACTIONS: Final = tuple(f".{milliseconds:03d}Z" for milliseconds in range(1000))

# Every time and date has a pattern, which is stricter than its format.
_contract = jsonschema_rs.validator_for(CONTRACT, validate_formats=False)
_encode = msgspec.json.Encoder().encode


class Filtered(StrEnum):
    """Why a record makes no event. The values end the names of the metrics that count them."""

    TECHNICAL = "Technical"
    EXPIRED = "Expired"
    ERASED = "Erased"


class PoisonRecordError(Exception):
    """The record can never become an event. The message names fields, never values."""


class ChangeEventMapper:
    """Maps records of the table's stream. key: the secret that turns a Cognito sub into a user_key."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._user_key = lru_cache(maxsize=CACHED_USERS)(self._keyed_hash)

    def from_record(self, record: Record) -> Event | Filtered:
        """The change event of a record from Lambda or the streams API, or why it makes none.

        Raises PoisonRecordError if the record should make an event but doesn't fit the contract.
        """
        try:
            change = record["dynamodb"]
            event_name = record["eventName"]
            if event_name == "REMOVE":
                return _why_removed(record)
            new: Image = change["NewImage"]
            entity = new["entity"]["S"]
            if entity not in ALLOWED:
                return Filtered.TECHNICAL
            event = self._event(EVENT_NAMES[event_name], entity, change, new)
            if not _contract.is_valid(event):
                raise PoisonRecordError(_broken_rule(event))
        except KeyError as error:
            raise PoisonRecordError(f"no {error.args[0]}") from error
        except (TypeError, ValueError, ArithmeticError, RecursionError) as error:
            raise PoisonRecordError(type(error).__name__) from error
        return event

    def from_item(self, item: Image) -> Event | Filtered:
        """The event of an item's newest version, if the stream no longer has the record of that write.

        The previous state is unknown, and the write's time replaces the stream's. Raises PoisonRecordError.
        """
        if item["entity"]["S"] not in ALLOWED:
            return Filtered.TECHNICAL
        try:
            written = datetime.fromisoformat(item["updated_at"]["S"])
        except (KeyError, ValueError) as error:
            raise PoisonRecordError("updated_at") from error
        change = {"NewImage": item, "SequenceNumber": NO_SEQUENCE_NUMBER, "ApproximateCreationDateTime": written}
        event = self.from_record({"eventName": "INSERT", "dynamodb": change})
        if not isinstance(event, Filtered) and event["version"] > 1 and event["event_name"] == "insert":
            event["event_name"] = "modify"
        return event

    def _event(self, event_name: str, entity: str, change: Mapping[str, Any], new: Image) -> Event:
        user_key = self._user_key(new["PK"]["S"])
        entity_id = user_key if entity == "user" else _after("TASK#", new["SK"]["S"])
        version = int(new["version"]["N"])
        created_at = _creation_of(entity_id) if entity == "task" else None
        after = _columns(entity, new, created_at)
        return {
            "schema_version": SCHEMA_VERSION,
            "event_id": f"{entity}:{entity_id}:{version}",
            # Deleting a task is an update that leaves a tombstone; for the lake it is a removal.
            "event_name": "remove" if "deleted_at" in after else event_name,
            "sequence_number": change["SequenceNumber"],
            "occurred_at": _instant(change["ApproximateCreationDateTime"]),
            # Only imports store changed_at and actor: a write of the API takes effect when it is written.
            "changed_at": _text(new["changed_at"] if "changed_at" in new else new["updated_at"]),
            "actor": _text(new["actor"]) if "actor" in new else "api",
            "correlation_id": _text(new["correlation_id"]) if "correlation_id" in new else None,
            "entity": entity,
            "user_key": user_key,
            "entity_id": entity_id,
            "version": version,
            "before": None if event_name == "insert" else _columns(entity, change["OldImage"], created_at),
            "after": after,
        }

    def _keyed_hash(self, pk: str) -> str:
        return hmac.new(self._key, _after("USER#", pk).encode(), hashlib.sha256).hexdigest()


def to_line(event: Event) -> bytes:
    """The event as one line of NDJSON, with its newline. Raises PoisonRecordError for text that isn't Unicode."""
    try:
        return _encode(event) + b"\n"
    except UnicodeEncodeError as error:
        raise PoisonRecordError("not Unicode") from error


def _broken_rule(event: Event) -> str:
    """The field that doesn't fit and the schema rule that it breaks, without the value, which is private."""
    in_json = json.loads(json.dumps(event, default=str))  # boto3 gives binary columns as bytes
    error = next(_contract.iter_errors(in_json))
    return f"{'.'.join(map(str, error.instance_path))}: {error.schema_path[-1]}"


def _why_removed(record: Record) -> Filtered:
    """A removed item makes no event: deleting a task leaves a tombstone."""
    if record["dynamodb"]["OldImage"]["entity"]["S"] not in ALLOWED:
        return Filtered.TECHNICAL
    principal = (record.get("userIdentity") or {}).get("principalId")
    return Filtered.EXPIRED if principal == TTL_PRINCIPAL else Filtered.ERASED


def _columns(entity: str, image: Image, created_at: str | None) -> dict[str, Any]:
    """The attributes of an item that may leave the table. All are text; the contract's check rejects other types."""
    columns = {}
    for name in ALLOWED[entity]:
        if name in image:
            value = image[name]
            columns[name] = value.get("S", value)
    if created_at:
        columns["created_at"] = created_at
    return columns


def _text(value: Mapping[str, Any]) -> Any:
    return value.get("S", value)


def _creation_of(task_id: str) -> str:
    """The creation time of a task, from the milliseconds at the start of its id (a UUIDv7)."""
    return _time(int(task_id[:8] + task_id[9:13], 16))


def _after(prefix: str, key: str) -> str:
    if not key.startswith(prefix):
        raise ValueError(prefix)
    return key[len(prefix) :]


def _instant(moment: float | datetime) -> str:
    """Epoch seconds (Lambda) or a datetime (boto3) as the contract's time."""
    if isinstance(moment, datetime):
        moment = moment.timestamp()
    return _time(round(moment * 1000))


def _time(milliseconds: int) -> str:
    return _second(milliseconds // 1000) + FRACTIONS[milliseconds % 1000]


@lru_cache(maxsize=CACHED_SECONDS)
def _second(seconds: int) -> str:
    """Cached, because the records of a batch were written within a few seconds."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()[:19]
