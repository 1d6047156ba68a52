"""The mapping of one stream record to one change event; pure: the same record always gives the same bytes."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final, TypeAlias

import fastjsonschema

Record: TypeAlias = Mapping[str, Any]
Image: TypeAlias = Mapping[str, Mapping[str, Any]]
Event: TypeAlias = dict[str, Any]

CONTRACT: Final[dict[str, Any]] = json.loads(
    files("cdc_lambda").joinpath("contract", "change_event.v1.schema.json").read_text("utf-8")
)
SCHEMA_VERSION: Final[int] = CONTRACT["properties"]["schema_version"]["const"]

# What may leave the table. Anything else, above all free text, names and e-mail, stays there.
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
# The sequence number of an event that was made of the item itself.
NOT_OF_THE_STREAM: Final = "0"
TTL_PRINCIPAL: Final = "dynamodb.amazonaws.com"
REMEMBERED_USERS: Final = 10_000
REMEMBERED_SECONDS: Final = 1_000

# Each time and date has a pattern, which says more than its format.
_validate = fastjsonschema.compile(CONTRACT, use_formats=False)
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Filtered(StrEnum):
    """Why a record makes no event. The values end the names of the metrics that count them."""

    TECHNICAL = "Technical"
    EXPIRED = "Expired"
    ERASED = "Erased"


class PoisonRecordError(Exception):
    """The record can't become an event, however often it is tried. The message names fields, never values."""


class ChangeEventMapper:
    """Maps the records of the table's stream; `key` is the secret that makes a user_key of a Cognito sub."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._user_key = lru_cache(maxsize=REMEMBERED_USERS)(self._keyed_hash)

    def from_record(self, record: Record) -> Event | Filtered:
        """The change event of a record, as Lambda or the streams API gives it, or why there is none.

        Raises PoisonRecordError for a record that ought to flow and doesn't fit the contract.
        """
        try:
            reason = _filtered(record)
            if reason is not None:
                return reason
            event = self._event(record)
            _validate(event)
        except fastjsonschema.JsonSchemaValueException as error:
            raise PoisonRecordError(error.message) from error
        except KeyError as error:
            raise PoisonRecordError(f"no {error.args[0]}") from error
        except (TypeError, ValueError, ArithmeticError) as error:
            raise PoisonRecordError(type(error).__name__) from error
        return event

    def from_item(self, item: Image) -> Event | Filtered:
        """The event of an item's newest version, for a write whose record the stream no longer has.

        What was before is unknown, and the write's clock stands for the stream's. Raises PoisonRecordError.
        """
        if item["entity"]["S"] not in ALLOWED:
            return Filtered.TECHNICAL
        try:
            written = datetime.fromisoformat(item["updated_at"]["S"])
        except (KeyError, ValueError) as error:
            raise PoisonRecordError("updated_at") from error
        change = {"NewImage": item, "SequenceNumber": NOT_OF_THE_STREAM, "ApproximateCreationDateTime": written}
        event = self.from_record({"eventName": "INSERT", "dynamodb": change})
        if not isinstance(event, Filtered) and event["version"] > 1 and event["event_name"] == "insert":
            event["event_name"] = "modify"
        return event

    def _event(self, record: Record) -> Event:
        event_name = EVENT_NAMES[record["eventName"]]
        change = record["dynamodb"]
        new: Image = change["NewImage"]
        entity = new["entity"]["S"]
        user_key = self._user_key(_after("USER#", new["PK"]["S"]))
        entity_id = user_key if entity == "user" else _after("TASK#", new["SK"]["S"])
        version = int(new["version"]["N"])
        created_at = _creation_of(entity_id) if entity == "task" else None
        after = _columns(entity, new, created_at)
        return {
            "schema_version": SCHEMA_VERSION,
            "event_id": f"{entity}:{entity_id}:{version}",
            # Deleting a task is an update that leaves a tombstone; for the lake the task is gone.
            "event_name": "remove" if "deleted_at" in after else event_name,
            "sequence_number": change["SequenceNumber"],
            "occurred_at": _instant(change["ApproximateCreationDateTime"]),
            # A write of the API stores neither: it changed what it wrote when it wrote it.
            "changed_at": _text(new.get("changed_at", new["updated_at"])),
            "actor": _text(new["actor"]) if "actor" in new else "api",
            "correlation_id": _text(new["correlation_id"]) if "correlation_id" in new else None,
            "entity": entity,
            "user_key": user_key,
            "entity_id": entity_id,
            "version": version,
            "before": None if event_name == "insert" else _columns(entity, change["OldImage"], created_at),
            "after": after,
        }

    def _keyed_hash(self, sub: str) -> str:
        return hmac.new(self._key, sub.encode(), hashlib.sha256).hexdigest()


def to_line(event: Event) -> bytes:
    """The event as one line of NDJSON, with its newline. Raises PoisonRecordError for text that is no Unicode."""
    try:
        return f"{_encode(event)}\n".encode()
    except UnicodeEncodeError as error:
        raise PoisonRecordError("not Unicode") from error


def _filtered(record: Record) -> Filtered | None:
    change = record["dynamodb"]
    removed = record["eventName"] == "REMOVE"
    if change["OldImage" if removed else "NewImage"]["entity"]["S"] not in ALLOWED:
        return Filtered.TECHNICAL
    if not removed:
        return None
    principal = (record.get("userIdentity") or {}).get("principalId")
    return Filtered.EXPIRED if principal == TTL_PRINCIPAL else Filtered.ERASED


def _columns(entity: str, image: Image, created_at: str | None) -> dict[str, Any]:
    """What may leave the table of an item. All of it is text; of another type the contract's check will tell."""
    columns = {name: _text(image[name]) for name in ALLOWED[entity] if name in image}
    if created_at:
        columns["created_at"] = created_at
    return columns


def _text(value: Mapping[str, Any]) -> Any:
    return value.get("S", value)


def _creation_of(task_id: str) -> str:
    """A task's id, a UUIDv7, begins with the milliseconds of its creation."""
    return _instant(int(task_id.replace("-", "")[:12], 16) / 1000)


def _after(prefix: str, key: str) -> str:
    if not key.startswith(prefix):
        raise ValueError(prefix)
    return key[len(prefix) :]


def _instant(moment: float | datetime) -> str:
    """Epoch seconds (Lambda) or a datetime (boto3) as the contract's time."""
    if isinstance(moment, datetime):
        moment = moment.timestamp()
    milliseconds = round(moment * 1000)
    return f"{_second(milliseconds // 1000)}.{milliseconds % 1000:03d}Z"


@lru_cache(maxsize=REMEMBERED_SECONDS)
def _second(seconds: int) -> str:
    """The records of a batch were written within few seconds."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()[:19]
