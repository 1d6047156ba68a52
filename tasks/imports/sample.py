"""A generated history that resembles real work: the demo's data.

The rows of the tasks created on a day depend only on the seed, the person and that day. A later run therefore
generates the same rows, plus those that have become due since.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tasks.imports.history_csv import Row
from tasks.models.instants import to_millisecond

TITLES = {
    "work": ("Write the report", "Review a pull request", "Prepare the demo", "Answer the auditors", "Plan the sprint"),
    "home": ("Fix the tap", "Call the landlord", "Sort the cellar", "Pay the electricity", "Water the plants"),
    "study": ("Read a chapter", "Do the exercises", "Summarise the lecture", "Book the exam"),
    "errands": ("Buy groceries", "Post the parcel", "Pick up the keys", "Return the library books"),
    None: ("Remember the thing", "Call back", "Look it up", "Think about it"),
}
CATEGORIES = tuple(TITLES)
PRIORITIES = ("low", "medium", "high", "urgent")


@dataclass(frozen=True, slots=True)
class Habits:
    """A person's habits. Chances are per task; `lead_days` is the median time from creation to completion."""

    name: str
    time_zone: str
    tasks_per_workday: float
    tasks_per_weekend_day: float
    lead_days: float
    finishes: float
    cancels: float
    reopens: float
    deletes: float
    has_due_date: float
    categories: tuple[int, ...]


PEOPLE = (
    Habits("demo", "Europe/Rome", 2.2, 0.6, 1.8, 0.86, 0.05, 0.07, 0.06, 0.5, (5, 3, 1, 2, 1)),
    Habits("mei", "Asia/Singapore", 3.0, 0.2, 0.7, 0.93, 0.03, 0.04, 0.02, 0.8, (8, 1, 0, 1, 1)),
    Habits("kofi", "Africa/Accra", 1.2, 1.4, 4.5, 0.70, 0.08, 0.15, 0.10, 0.3, (1, 3, 5, 2, 2)),
    Habits("luz", "America/Bogota", 1.6, 0.9, 2.8, 0.78, 0.10, 0.10, 0.05, 0.4, (3, 4, 2, 3, 1)),
    Habits("ines", "Europe/Lisbon", 0.9, 0.3, 7.0, 0.62, 0.12, 0.05, 0.08, 0.2, (2, 2, 4, 1, 3)),
)


def people(count: int) -> tuple[Habits, ...]:
    """Returns the first `count` people; after the five defined here, numbered namesakes with the same habits."""
    return tuple(_person(number) for number in range(count))


def _person(number: int) -> Habits:
    habits = PEOPLE[number % len(PEOPLE)]
    again = number // len(PEOPLE)
    fields = {name: getattr(habits, name) for name in Habits.__dataclass_fields__}
    return Habits(**{**fields, "name": f"{habits.name}{again + 1}"}) if again else habits


def rows(people: tuple[Habits, ...], *, until: datetime, days: int, seed: int) -> list[Row]:
    """Returns the changes up to `until` of tasks created in the last `days` days, in order of time."""
    done = [
        row
        for person in people
        for day in _days(until, days, person)
        for row in _tasks_of_day(person, day, seed)
        if row.changed_at <= until
    ]
    done.sort(key=lambda row: row.changed_at)  # stable: a task's rows keep their order
    return [_numbered(row, line) for line, row in enumerate(done, start=1)]


def _numbered(row: Row, line: int) -> Row:
    return Row(line, row.owner, row.task, row.changed_at, row.values, row.deleted)


def _days(until: datetime, days: int, person: Habits) -> Iterator[date]:
    today = until.astimezone(ZoneInfo(person.time_zone)).date()
    return (today - timedelta(days=back) for back in range(days))


def _tasks_of_day(person: Habits, day: date, seed: int) -> Iterator[Row]:
    rng = random.Random(f"{seed}/{person.name}/{day}")  # noqa: S311  # nosec B311 (a sample)
    weekend = day.isoweekday() > 5  # noqa: PLR2004 -- Saturday and Sunday
    average = person.tasks_per_weekend_day if weekend else person.tasks_per_workday
    # The sum of four coin tosses has the wanted mean and varies about as real days do.
    count = sum(rng.random() < average / 4 for _ in range(4))
    for number in range(count):
        yield from _life(person, f"{day}-{number}", _moment(rng, person, day), rng)


def _moment(rng: random.Random, person: Habits, day: date) -> datetime:
    """Returns a time in the person's waking hours, most likely around midday."""
    seconds = int(rng.triangular(7, 22, 11) * 3600) + rng.random()
    local = datetime.combine(day, time(), ZoneInfo(person.time_zone)) + timedelta(seconds=seconds)
    return to_millisecond(local.astimezone(UTC))


def _life(person: Habits, task: str, created: datetime, rng: random.Random) -> Iterator[Row]:
    """Yields the rows of one task, from its creation on."""
    category = rng.choices(CATEGORIES, person.categories)[0]
    values: dict[str, Any] = {
        "title": rng.choice(TITLES[category]),
        "category": category,
        "priority": rng.choices(PRIORITIES, (2, 5, 3, 1))[0],
        "status": "pending",
    }
    if rng.random() < person.has_due_date:
        values["due_date"] = (created + timedelta(days=rng.choice((1, 2, 3, 5, 7, 14)))).date().isoformat()

    def row(at: datetime, status: str) -> Row:
        return Row(0, person.name, task, to_millisecond(at), {**values, "status": status})

    yield row(created, "pending")
    took = timedelta(days=person.lead_days * rng.lognormvariate(0, 0.9))
    started, ended = created + took * rng.uniform(0.1, 0.8), created + took
    outcome = rng.random()
    if outcome < person.cancels:
        yield row(ended, "cancelled")
    elif outcome < person.cancels + person.finishes:
        yield row(started, "in_progress")
        yield row(ended, "completed")
        if rng.random() < person.reopens:
            again = ended + took * rng.uniform(0.1, 0.5)
            yield row(again, "in_progress")
            ended = again + took * rng.uniform(0.1, 0.5)
            yield row(ended, "completed")
    elif rng.random() < 0.5:  # noqa: PLR2004 -- half of the open tasks are started
        yield row(started, "in_progress")
    if rng.random() < person.deletes:
        gone = to_millisecond(ended + timedelta(hours=rng.uniform(1, 72)))
        yield Row(0, person.name, task, gone, deleted=True)
