"""Histories of change events from a seed, with every habit that people and clocks have. Same seed, same events."""

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.gold_lake import text
from tests.support.replay import Event

START = datetime(2026, 9, 26, tzinfo=UTC)
# Clocks changed in Lord Howe on 4 October (by half an hour), in Rome on 25 October, in New York on 1 November.
END = datetime(2026, 11, 9, tzinfo=UTC)
ZONES = (
    "Etc/GMT+12", "Pacific/Kiritimati", "America/New_York", "Europe/Rome", "Asia/Kathmandu", "Australia/Lord_Howe",
    "America/St_Johns", "UTC", "Nowhere/Land", None,
)  # fmt: skip
CATEGORIES = (
    None, "", " ", "home", "Home", "it's \"home\"", "caf\u00e9", "cafe\u0301", "\u4ed5\u4e8b", "\u0645\u0646",
    "null", "a,b;c", "back\\slash", "100%_", "two\nlines", "\U0001f4dd",
)  # fmt: skip
STATUSES = ("pending", "in_progress", "completed", "cancelled")
PRIORITIES = ("low", "medium", "high", "urgent")
# A moment as people write it: on the hour, at midnight of half the world, or a millisecond from it.
EDGES = (timedelta(0), timedelta(milliseconds=-1), timedelta(milliseconds=1))


Image = dict[str, Any]


@dataclass(frozen=True)
class Entity:
    """Whose events: a task's, or a user's own. `kind` is task or user."""

    kind: str
    entity_id: str
    user_key: str


@dataclass
class Writer:
    """Writes events of entities one version after the other; `random` decides all."""

    random: random.Random
    events: list[Event] = field(default_factory=list)

    def moment(self) -> datetime:
        hours = self.random.randrange(int((END - START) / timedelta(hours=1)))
        fine = self.random.choice([*EDGES, timedelta(milliseconds=self.random.randrange(3_600_000))])
        return START + timedelta(hours=hours) + fine

    def user(self, zones: list[str | None]) -> str:
        """A user whose profile was written once for each of the zones, if at all."""
        user_key = f"{self.random.getrandbits(256):064x}"
        image: Image | None = None
        for version, (zone, moment) in enumerate(zip(zones, self._moments(len(zones)), strict=True), 1):
            after = {"created_at": image["created_at"] if image else text(moment), "updated_at": text(moment)}
            if zone is not None:
                after["time_zone"] = zone
            self._add(Entity("user", user_key, user_key), version, (image, after), moment)
            image = after
        return user_key

    def task(self, user_key: str) -> None:
        """A task of one to eight writes, some of which change nothing; the last may delete it."""
        task_id = str(uuid.UUID(int=self.random.getrandbits(128), version=4))
        moments = self._moments(self.random.choice((1, 2, 3, 3, 4, 5, 6, 8)))
        deleted = len(moments) > 1 and self.random.random() < 0.2
        image: Image | None = None
        for version, moment in enumerate(moments, 1):
            last = version == len(moments)
            if last and deleted and image:
                after = {**image, "deleted_at": text(moment), "updated_at": text(moment)}
            else:
                after = self._image(image, moment)
            self._add(Entity("task", task_id, user_key), version, (image, after), moment, removed=last and deleted)
            image = after

    def _moments(self, n: int) -> list[datetime]:
        """Times of n writes: mostly forward, some at once, and some by a clock that was set back."""
        moments = sorted(self.moment() for _ in range(n))
        for i in range(1, n):
            if self.random.random() < 0.15:
                moments[i] = moments[i - 1] - timedelta(minutes=self.random.choice((0, 1, 90, 3000)))
        return moments

    def _image(self, before: Image | None, moment: datetime) -> Image:
        """The next image: the status mostly moves on; any of the rest may be set, changed or cleared."""
        created = before["created_at"] if before else text(moment)
        kept = dict(before or {"status": "pending", "priority": "medium"})
        if before is None or self.random.random() < 0.75:
            kept["status"] = self.random.choice(STATUSES)
        if before is None or self.random.random() < 0.3:
            kept["priority"] = self.random.choice(PRIORITIES)
            kept["category"] = self.random.choice(CATEGORIES)
            due = (moment + timedelta(days=self.random.randrange(-20, 20))).date()
            kept["due_date"] = self.random.choice((None, due.isoformat()))
        values = {name: value for name, value in kept.items() if value is not None}
        return {**values, "created_at": created, "updated_at": text(moment)}

    def _add(
        self,
        entity: Entity,
        version: int,
        images: tuple[Image | None, Image],
        moment: datetime,
        *,
        removed: bool = False,
    ) -> None:
        before, after = images
        imported = self.random.random() < 0.2
        occurred = END if imported else moment + timedelta(milliseconds=self.random.randrange(1000))
        self.events.append({
            "schema_version": 1,
            "event_id": f"{entity.kind}:{entity.entity_id}:{version}",
            "event_name": "remove" if removed else "modify" if before else "insert",
            "sequence_number": str(self.random.getrandbits(70)),
            "occurred_at": text(occurred),
            "changed_at": text(moment),
            "actor": "import" if imported else "api",
            "correlation_id": None,
            "entity": entity.kind,
            "user_key": entity.user_key,
            "entity_id": entity.entity_id,
            "version": version,
            "before": before,
            "after": after,
        })  # fmt: skip


def history(seed: int, *, users: int = 14, tasks: int = 140) -> list[Event]:
    """Users of all zones, some of whom move, some without a profile or without tasks; their events in no order."""
    writer = Writer(random.Random(seed))
    keys = [writer.user([ZONES[i % len(ZONES)]]) for i in range(users - 4)]
    keys += [writer.user(writer.random.sample(ZONES, 3)) for _ in range(2)]
    keys += [writer.user([]) for _ in range(2)]
    writer.user(["Asia/Tokyo"])
    for _ in range(tasks):
        writer.task(writer.random.choice(keys))
    writer.random.shuffle(writer.events)
    return writer.events


def split(events: list[Event], seed: int, parts: int) -> Iterator[list[Event]]:
    """The events over some passes, in no order of their times, so that most passes bring late ones; some come twice."""
    chance = random.Random(seed)
    dealt: list[list[Event]] = [[] for _ in range(parts)]
    for event in events:
        dealt[chance.randrange(parts)].append(event)
    for i, part in enumerate(dealt):
        yield part + (chance.sample(dealt[i - 1], 5) if i else [])
