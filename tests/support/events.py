"""Change events as bronze holds them."""

import copy
import json
from typing import Any

USER = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def event(task: int = 1, version: int = 1, day: str = "2026-01-05", **changes: Any) -> dict[str, Any]:
    """One event of a task; its time is fixed by its day and version."""
    entity_id = f"019ab3f2-6c00-7c41-9d35-{task:012d}"
    time = f"{day}T08:00:{version:02d}.000Z"
    image = {"status": "pending", "category": "Büro", "created_at": time, "updated_at": time}
    return {
        "schema_version": 1,
        "event_id": f"task:{entity_id}:{version}",
        "event_name": "insert" if version == 1 else "modify",
        "sequence_number": str(4421584500000000017450439091 + version),
        "occurred_at": time,
        "changed_at": time,
        "actor": "api",
        "correlation_id": None,
        "entity": "task",
        "user_key": USER,
        "entity_id": entity_id,
        "version": version,
        "before": None if version == 1 else copy.deepcopy(image),
        "after": {**image, "due_date": "2026-02-28"},
        **changes,
    }


def line(*events: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(one, ensure_ascii=False, separators=(",", ":")).encode() + b"\n" for one in events)
