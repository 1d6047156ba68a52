"""Tasks and time zones as a set of change events leaves them: the state behind `recomputation.py`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

Event = Mapping[str, Any]

OPEN = ("pending", "in_progress")


@dataclass
class Task:
    """A task replayed from its events. `history` holds each change of status; None stands for deletion."""

    task_id: str
    owner: str
    created_at: datetime
    last_changed_at: datetime
    status: str = ""
    priority: str | None = None
    category: str | None = None
    due_date: date | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    deleted: bool = False
    was_completed: bool = False
    reworked: bool = False
    history: list[tuple[datetime, str | None]] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        return not self.deleted and self.status in OPEN


@dataclass(frozen=True)
class Calendar:
    """Days as the clock on somebody's wall shows them."""

    zone: ZoneInfo
    as_of: datetime

    def day(self, instant: datetime) -> date:
        return instant.astimezone(self.zone).date()

    @property
    def today(self) -> date:
        return self.day(self.as_of)


def replay(events: Iterable[Event]) -> list[Task]:
    """The tasks as their versions, taken in order, leave them."""
    tasks: dict[str, Task] = {}
    for event in sorted((e for e in events if e["entity"] == "task"), key=lambda e: int(e["version"])):
        moment = instant(event["changed_at"])
        first = Task(event["entity_id"], event["user_key"], created_at=moment, last_changed_at=moment)
        apply(tasks.setdefault(event["entity_id"], first), event)
    for task in tasks.values():
        if task.status != "completed":
            task.completed_at = None
    return list(tasks.values())


def apply(task: Task, event: Event) -> None:
    """Take in the next version. Time never runs backwards within a task."""
    after = event["after"]
    now = max(task.last_changed_at, instant(event["changed_at"]))
    before, task.status = task.status, after["status"]
    task.last_changed_at = now
    task.priority, task.category = after.get("priority"), after.get("category")
    task.due_date = date.fromisoformat(after["due_date"]) if after.get("due_date") else None
    if event["event_name"] == "remove":
        task.deleted = True
        task.history.append((now, None))
    elif task.status != before:
        task.history.append((now, task.status))
        if task.status == "in_progress" and task.started_at is None:
            task.started_at = now
        if task.status == "completed":
            task.completed_at, task.was_completed = now, True
        if before == "completed" and task.status in OPEN:
            task.reworked = True


def time_zones(events: Iterable[Event]) -> dict[str, ZoneInfo]:
    """Each user's current zone; UTC without a profile and for names that nobody knows."""
    zones: dict[str, ZoneInfo] = {}
    for event in sorted(events, key=lambda e: int(e["version"])):
        zones.setdefault(event["user_key"], ZoneInfo("UTC"))
        if event["entity"] == "user":
            zones[event["user_key"]] = zone_named(event["after"].get("time_zone"))
    return zones


def zone_named(name: str | None) -> ZoneInfo:
    try:
        return ZoneInfo(name or "UTC")
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)
