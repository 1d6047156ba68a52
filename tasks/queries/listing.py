"""Pages of the task list, each by a bounded number of Queries for any filter."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tasks.models import StartKey, Task
from tasks.queries.filters import NO_FILTER, TaskFilter

# After this many Queries, a page that is not full is returned short, with a cursor.
MAX_QUERIES: Final = 4
# A filter may let few tasks pass: each Query reads more than the previous one, the last a whole megabyte.
FIRST_LIMIT: Final = 100
GROWTH: Final = 5


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of an order: one index (None: the table's key) in one direction."""

    index: str | None
    ascending: bool
    undated: bool = False


# Tasks without a due date are not in the index, so they come last in both directions.
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
    """Where a page begins: a stage of the order and the key to continue after (None: at the stage's start)."""

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
    """Returns up to `size` tasks that pass the filter, in order.

    Without a filter it takes one Query, unless that finds only tombstones.
    """
    if wanted is None:
        return EMPTY
    stages = ORDERINGS[ordering]
    if wanted.needs_due_date:
        stages = tuple(stage for stage in stages if not stage.undated)
    found: list[Task] = []
    for number in range(MAX_QUERIES):
        stage = stages[position.stage]
        selective = stage.undated or wanted != NO_FILTER
        tasks, last = _query(sub, stage, wanted, _limit(number, size - len(found), selective), position.start)
        found += filter(wanted.passes, tasks)
        if len(found) > size:
            return Page(found[:size], Position(position.stage, found[size - 1].start_after(stage.index)))
        if last is None and position.stage + 1 == len(stages):
            return Page(found, None)
        position = Position(position.stage, last) if last else Position(position.stage + 1)
        if len(found) == size or (found and last and not selective):
            break
    return Page(found, position)


def _query(
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
    """Returns how many tasks a Query reads; one more than missing tells whether more follow."""
    if not selective:
        return missing + 1
    return None if call == MAX_QUERIES - 1 else max(missing + 1, FIRST_LIMIT) * GROWTH**call


def everything(sub: str) -> Iterator[Task]:
    """Yields all of the user's tasks, newest first, by as many strong Queries as needed."""
    start: StartKey | None = None
    while True:
        tasks, start = Task.query_page(sub, start=start, consistent=True)
        yield from tasks
        if start is None:
            return
