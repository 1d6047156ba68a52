"""The events behind a user's figures: for each insight, the ones that decide what it counts.

Gold defines what counts: these queries only select from its tasks, completions and status intervals.
"""

from dataclasses import dataclass
from typing import Final

from tasks.insights import relations
from tasks.insights.athena import AthenaGold, Row
from tasks.insights.relations import text

_CREATED: Final = f"select entity_id as task_id, min(version) as version from {relations.EVENTS}"  # noqa: S608
_COMPLETING: Final = f"""
select intervals.task_id, max(intervals.version) as version
from {relations.STATUS_INTERVALS} as intervals
inner join {relations.COMPLETIONS} as completions
    on intervals.task_id = completions.task_id and intervals.valid_from = completions.completed_at
where intervals.status = 'completed' and completions.user_id = {{user}}"""  # noqa: S608
_STARTING: Final = f"""
select intervals.task_id, min(intervals.version) as version
from {relations.STATUS_INTERVALS} as intervals
where intervals.status = 'in_progress' and intervals.task_id in
    (select task_id from {relations.COMPLETIONS} where user_id = {{user}} and cycle_time_s is not null)
group by intervals.task_id"""  # noqa: S608
_LAST: Final = f"select task_id, version from {relations.TASKS} where user_id = {{user}}"  # noqa: S608
_COMPLETED_IDS: Final = f"select task_id from {relations.COMPLETIONS} where user_id = {{user}}"  # noqa: S608
_OVERDUE_IDS: Final = f"""
select task_id from {relations.INSIGHT_TASKS} where user_id = {{user}} and is_open and due_date < today"""  # noqa: S608


def _first_of(ids: str) -> str:
    return f"{_CREATED} where entity = 'task' and user_id = {{user}} and entity_id in ({ids}) group by entity_id"


_MEASURED_FROM_CREATION: Final = f"{_first_of(_COMPLETED_IDS)} union {_COMPLETING} group by intervals.task_id"
_MEASURED_FROM_START: Final = f"""{_STARTING}
union {_COMPLETING} and completions.cycle_time_s is not null group by intervals.task_id"""

# The task versions behind each insight; `{user}` is the user_key.
_VERSIONS: Final = {
    "lead-time": _MEASURED_FROM_CREATION,
    "cycle-time": _MEASURED_FROM_START,
    "completions": f"{_MEASURED_FROM_CREATION} union {_MEASURED_FROM_START}",
    "throughput": f"{_COMPLETING} group by intervals.task_id",
    "streak": f"{_COMPLETING} group by intervals.task_id",
    "cumulative-flow": f"""
select task_id, version from {relations.STATUS_INTERVALS} where user_id = {{user}}
union {_LAST} and is_deleted""",  # noqa: S608
    "ageing": f"""
{_first_of(f"select task_id from {relations.TASKS} where user_id = {{user}} and is_open")}
union {_LAST} and is_open""",  # noqa: S608
    "due-dates": f"""
{_LAST} and task_id in ({_OVERDUE_IDS})
union {_LAST} and task_id in ({_COMPLETED_IDS} and is_on_time is not null)
union {_COMPLETING} and completions.is_on_time is not null group by intervals.task_id""",
    "rework": f"""
select task_id, version from {relations.STATUS_INTERVALS}
where user_id = {{user}} and (status = 'completed' or previous_status = 'completed')""",  # noqa: S608
    "completion-rate": f"{_LAST} and not is_deleted and status <> 'cancelled'",
    "mix": f"{_LAST} and not is_deleted",
}
# Every event that the user caused counts for these, whatever it changed.
_FROM_ALL_EVENTS: Final = ("audience", "retention")
NAMES: Final = (*_VERSIONS, *_FROM_ALL_EVENTS)
_COLUMNS: Final = """
    events.event_id, events.event_name, events.changed_at, events.previous_status, events.status,
    events.priority, events.category, events.due_date"""


@dataclass(frozen=True, slots=True)
class Cause:
    """An event behind a figure. changed_at is in UTC; a status is None if the task had none, or without a task."""

    event_id: str
    event_name: str
    changed_at: str
    status_before: str | None
    status_after: str | None
    priority: str | None
    category: str | None
    due_date: str | None


def causes(gold: AthenaGold, name: str, user_key: str) -> list[Cause]:
    """Returns the events behind a user's figures in an insight, oldest first. Raises pyathena's errors."""
    return [_cause(row) for row in gold.query(_sql(name, user_key))]


def _sql(name: str, user_key: str) -> str:
    user = text(user_key)
    if name in _FROM_ALL_EVENTS:
        return f"""
select {_COLUMNS} from {relations.EVENTS} as events
where events.actor = 'api' and events.user_id = {user}
order by events.changed_at, events.event_id"""  # noqa: S608 -- names and keys of ours
    return f"""
with wanted as ({_VERSIONS[name].format(user=user)}
)
select {_COLUMNS}
from {relations.EVENTS} as events
inner join wanted
    on events.entity_id = wanted.task_id and events.version = wanted.version
where events.entity = 'task' and events.user_id = {user}
order by events.changed_at, events.event_id"""  # noqa: S608 -- names and keys of ours


def _cause(row: Row) -> Cause:
    return Cause(
        event_id=row["event_id"],
        event_name=row["event_name"],
        changed_at=f"{row['changed_at'].isoformat(timespec='milliseconds')}Z",
        status_before=row["previous_status"],
        status_after=row["status"],
        priority=row["priority"],
        category=row["category"],
        due_date=row["due_date"] and row["due_date"].isoformat(),
    )
