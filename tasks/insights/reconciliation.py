"""Compares the current state of each task in the table with gold.

Gold is read before the table, so that concurrent writes show as in flight, never as differences.
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
# Kinds of findings. All but the first are differences.
IN_FLIGHT: Final = "in flight"
NOT_IN_GOLD: Final = "not in gold"
NOT_IN_TABLE: Final = "not in the table"
DIFFERENT: Final = "different"
UNKNOWN_OWNER: Final = "owner unknown"


@dataclass(frozen=True, slots=True)
class State:
    """A task's state. Only the version and the deletion of deleted tasks are compared, as their tombstones expire."""

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
    """A task whose states differ. `detail` names columns, and their values except free text."""

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
    """Yields the findings of one user; writes from `passed_at` on need not be in gold yet."""
    for task_id, stored in sorted(table.items()):
        known = gold.get(task_id)
        if (known is None or known.version < stored.state.version) and stored.updated_at >= passed_at:
            yield Finding(IN_FLIGHT, user_key, task_id, f"version {stored.state.version}")
        elif known is None:
            yield Finding(NOT_IN_GOLD, user_key, task_id, f"version {stored.state.version}")
        elif known != stored.state:
            yield Finding(DIFFERENT, user_key, task_id, _difference(stored.state, known))
    for task_id, known in sorted(gold.items()):
        # The tombstone of a deleted task expires.
        if task_id not in table and not known.is_deleted:
            yield Finding(NOT_IN_TABLE, user_key, task_id, f"version {known.version}")


def reconcile(gold: AthenaGold, subs: Iterable[str], *, passed_at: datetime) -> Iterator[Finding | int]:
    """Yields the findings of these users and, after each round, the number of tasks compared."""
    owners = {row["user_id"] for row in gold.query(f"select distinct user_id from {relations.TASKS}")}  # noqa: S608
    sub_of = {user_keys.user_key(sub): sub for sub in subs}
    everybody = iter(sorted(sub_of))
    while some := list(islice(everybody, USERS_A_ROUND)):
        in_gold = _gold_states(gold, some)
        with ThreadPoolExecutor(THREADS) as pool:
            in_table = dict(zip(some, pool.map(lambda key: stored_tasks(sub_of[key]), some), strict=True))
        # Read after the table, to include users erased meanwhile.
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
            UNKNOWN_OWNER,
            key,
            "",
            "gold has tasks of an unknown user; --all also finds users that Cognito does not list",
        )


def erased_since(passed_at: datetime) -> set[str]:
    """Returns the user_keys of accounts erased after the last pass began: one Query."""
    return {erasure.user_key for erasure in Erasure.listed() if erasure.requested_at >= passed_at}


def stored_tasks(sub: str) -> dict[str, Stored]:
    """Returns a user's current tasks in the table, including tombstones: a Query, no Scan."""
    return {task.id: Stored(_of_item(task), task.updated_at) for task in Task.all_of(sub)}


def _gold_states(gold: AthenaGold, user_keys: list[str]) -> dict[str, dict[str, State]]:
    rows = gold.query(f"""
        select
            user_id, task_id, version, is_deleted, status, priority, category, due_date,
            created_at, started_at, completed_at
        from {relations.TASKS}
        where user_id in {relations.texts(user_keys)}""")  # noqa: S608 -- our own names and keys
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
    """Names the columns and their values, except for the category, which is free text."""
    table, gold = asdict(in_table), asdict(in_gold)
    differing = [name for name in table if table[name] != gold[name]]
    return ", ".join(
        name if name == "category" else f"{name}: {table[name]} in the table, {gold[name]} in gold"
        for name in differing
    )
