"""The current state, task by task: the table's against gold's.

Gold is read before the table, so that what is written meanwhile shows as in flight and never as a difference.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any, Final

from tasks.accounts import user_keys
from tasks.insights import relations
from tasks.insights.athena import AthenaGold, Row
from tasks.models import Erasure, Task

USERS_A_ROUND: Final = 500
THREADS: Final = 8
# Kinds of findings; all but the first are differences.
IN_FLIGHT: Final = "in flight"
NOT_IN_GOLD: Final = "not in gold"
NOT_IN_TABLE: Final = "not in the table"
DIFFERENT: Final = "different"
UNKNOWN_OWNER: Final = "owner unknown"


@dataclass(frozen=True, slots=True)
class State:
    """What a task is like. Of a deleted one, whose traces are removed in time, no more than that is compared."""

    version: int
    is_deleted: bool
    status: str | None = None
    priority: str | None = None
    category: str | None = None
    due_date: str | None = None
    created_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A task whose two states are not the same. `detail` names columns, and values that are no free text."""

    kind: str
    user_key: str
    task_id: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Stored:
    """A task's state in the table, and when it was written."""

    state: State
    updated_at: datetime


def compare(
    user_key: str, table: Mapping[str, Stored], gold: Mapping[str, State], *, passed_at: datetime
) -> Iterator[Finding]:
    """The findings of one user; what was written from `passed_at` on need not be in gold yet."""
    for task_id, stored in sorted(table.items()):
        known = gold.get(task_id)
        if (known is None or known.version < stored.state.version) and stored.updated_at >= passed_at:
            yield Finding(IN_FLIGHT, user_key, task_id, f"version {stored.state.version}")
        elif known is None:
            yield Finding(NOT_IN_GOLD, user_key, task_id, f"version {stored.state.version}")
        elif known != stored.state:
            yield Finding(DIFFERENT, user_key, task_id, _difference(stored.state, known))
    for task_id, known in sorted(gold.items()):
        # The trace of a deleted task goes after a while.
        if task_id not in table and not known.is_deleted:
            yield Finding(NOT_IN_TABLE, user_key, task_id, f"version {known.version}")


def reconcile(gold: AthenaGold, subs: Iterable[str], *, passed_at: datetime) -> Iterator[Finding | int]:
    """The findings of all these users, and after each round how many of their tasks were compared."""
    owners = {row["user_id"] for row in gold.query(f"select distinct user_id from {relations.TASKS}")}  # noqa: S608
    sub_of = {user_keys.user_key(sub): sub for sub in subs}
    everybody = iter(sorted(sub_of))
    while some := list(islice(everybody, USERS_A_ROUND)):
        in_gold = _gold_states(gold, some)
        with ThreadPoolExecutor(THREADS) as pool:
            in_table = dict(zip(some, pool.map(lambda key: stored_tasks(sub_of[key]), some), strict=True))
        # Asked after the table was read, so that who is erased meanwhile is among them.
        erased = erased_since(passed_at)
        for key in some:
            if key not in erased:
                yield from compare(key, in_table[key], in_gold.get(key, {}), passed_at=passed_at)
        yield sum(len(tasks) for tasks in in_table.values())
    erased = erased_since(passed_at)
    for key in sorted(owners & erased):
        yield Finding(IN_FLIGHT, key, "", "the account was erased")
    for key in sorted(owners - erased - sub_of.keys()):
        yield Finding(
            UNKNOWN_OWNER, key, "", "gold has tasks of a user who was not found; --all looks further than Cognito"
        )


def erased_since(passed_at: datetime) -> set[str]:
    """The accounts, by user_key, that the last pass could not know to be erased: a Query."""
    return {erasure.user_key for erasure in Erasure.listed() if erasure.requested_at >= passed_at}


def stored_tasks(sub: str) -> dict[str, Stored]:
    """A user's tasks as the table has them now, traces of deleted ones too: a Query, no Scan."""
    return {task.id: Stored(_of_item(task), task.updated_at) for task in Task.all_of(sub)}


def _gold_states(gold: AthenaGold, user_keys: list[str]) -> dict[str, dict[str, State]]:
    rows = gold.query(f"""
        select
            user_id, task_id, version, is_deleted, status, priority, category, due_date,
            created_at, started_at, completed_at
        from {relations.TASKS}
        where user_id in {relations.texts(user_keys)}""")  # noqa: S608 -- names and keys of ours
    found: dict[str, dict[str, State]] = {}
    for row in rows:
        found.setdefault(row["user_id"], {})[row["task_id"]] = _of_row(row)
    return found


def _of_item(task: Task) -> State:
    if task.deleted_at:
        return State(int(task.version), is_deleted=True)
    return State(
        version=int(task.version),
        is_deleted=False,
        status=task.status,
        priority=task.priority,
        category=task.category,
        due_date=task.due_date,
        created_at=task.created_at,
        started_at=task.started_at,
        completed_at=task.completed_at,
    )


def _of_row(row: Row) -> State:
    if row["is_deleted"]:
        return State(row["version"], is_deleted=True)
    plain: dict[type, Callable[[Any], Any]] = {
        datetime: lambda moment: moment.replace(tzinfo=UTC),
        date: lambda day: day.isoformat(),
    }
    values = {name: row[name] for name in State.__dataclass_fields__}
    return State(**{name: plain.get(type(value), lambda same: same)(value) for name, value in values.items()})


def _difference(in_table: State, in_gold: State) -> str:
    """Names the columns, and shows what they hold but for the category, which is the user's own text."""
    table, gold = asdict(in_table), asdict(in_gold)
    differing = [name for name in table if table[name] != gold[name]]
    return ", ".join(
        name if name == "category" else f"{name}: {table[name]} in the table, {gold[name]} in gold"
        for name in differing
    )
