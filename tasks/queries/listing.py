"""One page of a list: a bounded number of Queries, whatever the filter."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tasks.models import StartKey, Task
from tasks.queries.filters import NO_FILTER, TaskFilter

# A page that is not full after so many Queries comes short, with a cursor.
MOST_CALLS: Final = 4
# A filter lets few pass: each Query looks at more than the one before, the last at a whole megabyte.
FIRST_LOOK: Final = 100
GROWTH: Final = 5


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of an order: one index (None: the key's own order), one way."""

    index: str | None
    ascending: bool
    undated: bool = False


# Tasks without a due date come last, either way: the index doesn't hold them.
UNDATED: Final = Stage(None, ascending=False, undated=True)
ORDERINGS: Final = {
    "-created_at": (Stage(None, ascending=False),),
    "created_at": (Stage(None, ascending=True),),
    "-updated_at": (Stage("updated_at", ascending=False),),
    "updated_at": (Stage("updated_at", ascending=True),),
    "due_date": (Stage("due_date", ascending=True), UNDATED),
    "-due_date": (Stage("due_date", ascending=False), UNDATED),
}
NEWEST_FIRST: Final = "-created_at"


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page begins: a stage of the order, and the key to go on behind (None: at its start)."""

    stage: int = 0
    start: StartKey | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """`following` is None at the end of the list."""

    tasks: list[Task]
    following: Position | None


EMPTY: Final = Page([], None)


def page(
    sub: str, *, ordering: str = NEWEST_FIRST, wanted: TaskFilter | None = NO_FILTER, size: int, position: Position
) -> Page:
    """Up to `size` tasks that pass the filter, in order.

    Without a filter it is one Query, unless that finds nothing but traces of deleted tasks.
    """
    if wanted is None:
        return EMPTY
    stages = ORDERINGS[ordering]
    if wanted.needs_due_date:
        stages = tuple(stage for stage in stages if not stage.undated)
    found: list[Task] = []
    for number in range(MOST_CALLS):
        stage = stages[position.stage]
        selective = stage.undated or wanted != NO_FILTER
        tasks, last = _look(sub, stage, wanted, _limit(number, size - len(found), selective), position.start)
        found += filter(wanted.passes, tasks)
        if len(found) > size:
            return Page(found[:size], Position(position.stage, found[size - 1].start_after(stage.index)))
        if last is None and position.stage + 1 == len(stages):
            return Page(found, None)
        position = Position(position.stage, last) if last else Position(position.stage + 1)
        if len(found) == size or (found and last and not selective):
            break
    return Page(found, position)


def _look(
    sub: str, stage: Stage, wanted: TaskFilter, limit: int | None, start: StartKey | None
) -> tuple[list[Task], StartKey | None]:
    by_due_date = stage.index == "due_date"
    condition = wanted.condition(due_date_is_key=by_due_date)
    if stage.undated:
        undated = Task.due_date.does_not_exist()
        condition = undated if condition is None else undated & condition
    return Task.query_page(
        sub,
        index=stage.index,
        between=(wanted.due_from, wanted.due_to) if by_due_date else (None, None),
        condition=condition,
        ascending=stage.ascending,
        limit=limit,
        start=start,
    )


def _limit(call: int, missing: int, selective: bool) -> int | None:
    """How many tasks a Query looks at; one more than are missing tells whether others follow."""
    if not selective:
        return missing + 1
    return None if call == MOST_CALLS - 1 else max(missing + 1, FIRST_LOOK) * GROWTH**call


def everything(sub: str) -> Iterator[Task]:
    """All of the user's tasks as of now, newest first, by as many Queries as it takes."""
    start: StartKey | None = None
    while True:
        tasks, start = Task.query_page(sub, start=start, consistent=True)
        yield from tasks
        if start is None:
            return
