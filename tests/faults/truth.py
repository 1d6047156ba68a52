"""What the lake ought to hold, told from the table's own history: nothing of the product's code is used."""

import hashlib
import hmac
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from tests.faults.aws.dynamodb import Commit
from tests.faults.aws.expressions import Item
from tests.faults.aws.stream import Record, number_of

Event = dict[str, Any]

COLUMNS = {
    "task": ("status", "priority", "category", "due_date", "updated_at", "started_at", "completed_at", "deleted_at"),
    "user": ("time_zone", "created_at", "updated_at"),
}
POISON = "poison"


def user_key(secret: str, sub: str) -> str:
    return hmac.new(secret.encode(), sub.encode(), hashlib.sha256).hexdigest()


def is_entity(item: Item | None) -> bool:
    return item is not None and item["entity"]["S"] in COLUMNS and item["PK"]["S"].startswith("USER#")


def makes_event(commit: Commit) -> bool:
    """A write to a task or a profile does; what goes physically, and what nobody could have written, doesn't."""
    return is_entity(commit.new) and commit.by != POISON


def event_of(commit: Commit, record: Record, secret: str) -> Event:
    """The change event of a commit and its stream record."""
    new = commit.new or {}
    entity = new["entity"]["S"]
    key = user_key(secret, new["PK"]["S"].removeprefix("USER#"))
    entity_id = key if entity == "user" else new["SK"]["S"].removeprefix("TASK#")
    # An item of another kind in its place, a tombstone say, is no version before.
    old = commit.old
    after = _image(entity, entity_id, new)
    event_name = "remove" if "deleted_at" in after else "modify" if old else "insert"
    return {
        "schema_version": 1,
        "event_id": f"{entity}:{entity_id}:{int(new['version']['N'])}",
        "event_name": event_name,
        "sequence_number": str(number_of(record)),
        "occurred_at": _text(int(commit.at)),
        "changed_at": new.get("changed_at", new["updated_at"])["S"],
        "actor": new.get("actor", {"S": "api"})["S"],
        "correlation_id": new["correlation_id"]["S"] if "correlation_id" in new else None,
        "entity": entity,
        "user_key": key,
        "entity_id": entity_id,
        "version": int(new["version"]["N"]),
        "before": _image(entity, entity_id, old) if old else None,
        "after": after,
    }


def events(commits: Iterable[Commit], shards: list[list[Record]], secret: str) -> Iterator[Event]:
    """Every event of a table's history."""
    records = {int(record["eventID"], 16): record for shard in shards for record in shard}
    return (event_of(commit, records[commit.index], secret) for commit in commits if makes_event(commit))


def event_id(record: Record, secret: str) -> str | None:
    """The id of the event that a stream record makes, by its keys and version; None for none."""
    new = record["dynamodb"].get("NewImage")
    if not is_entity(new) or not new or "version" not in new:
        return None
    entity = new["entity"]["S"]
    key = user_key(secret, new["PK"]["S"].removeprefix("USER#"))
    entity_id = key if entity == "user" else new["SK"]["S"].removeprefix("TASK#")
    return f"{entity}:{entity_id}:{new['version']['N']}"


def _image(entity: str, entity_id: str, item: Item) -> Event:
    image = {name: item[name]["S"] for name in COLUMNS[entity] if name in item}
    if entity == "task":
        image["created_at"] = _text(int(entity_id.replace("-", "")[:12], 16) / 1000)
    return image


def _text(moment: float) -> str:
    milliseconds = round(moment * 1000)
    second = datetime.fromtimestamp(milliseconds // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{second}.{milliseconds % 1000:03d}Z"
