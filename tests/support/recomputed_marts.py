"""The marts that are no insights once more, from the events alone; beside `recomputation.py`, and like it no SQL."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from tests.support.recomputation import (
    DAY,
    ORGANIZATION,
    STATUSES,
    Row,
    cumulative_flow,
    each,
    iso_week,
    monday,
    recompute,
    whole_seconds,
)
from tests.support.replay import Calendar, Event, Task, replay, time_zones, utc

MART_COLUMNS: dict[str, tuple[str, ...]] = {
    "task_current_state": (
        "task_id", "user_id", "version", "status", "priority", "category", "due_date", "is_open", "created_at",
        "started_at", "completed_at", "last_changed_at",
    ),
    "task_status_history": ("task_id", "user_id", "status", "valid_from", "valid_to", "duration_s"),
    "user_daily_snapshots": ("user_id", "day", *STATUSES, "open_tasks", "created_tasks", "completions"),
    "calendar": (
        "day", "week", "week_start", "iso_day_of_week", "is_weekend", "month_start", "quarter", "year",
    ),
    "user_summary": (
        "user_id", "time_zone", "first_seen", "last_updated", "total_events", "total_tasks", "open_tasks",
        "overdue_tasks", "completions", "lead_time_p50_s", "on_time", "completion_rate", "current_streak",
        "longest_streak",
    ),
    "organisation_summary": (
        "today", "total_users", "active_today", "active_this_week", "active_this_month", "total_tasks", "open_tasks",
        "overdue_tasks", "completions", "lead_time_p50_s", "on_time", "completion_rate", "tasks_per_user",
    ),
}  # fmt: skip


def recompute_marts(events: Iterable[Event], as_of: datetime) -> dict[str, list[Row]]:
    """The relations of MART_COLUMNS; arguments and values as of `recompute`."""
    unique = list({event["event_id"]: event for event in events}.values())
    tasks = replay(unique)
    calendars = {user: Calendar(zone, as_of) for user, zone in time_zones(unique).items()}
    organization = Calendar(ZoneInfo("UTC"), as_of)
    scopes = [(user, [t for t in tasks if t.owner == user], calendar) for user, calendar in calendars.items()]
    scopes.append((ORGANIZATION, tasks, organization))
    versions = Counter(event["entity_id"] for event in unique)
    snapshots = [(user, *row) for user, chosen, calendar in scopes for row in snapshot_rows(chosen, calendar)]
    relations = recompute(unique, as_of)
    return {
        "task_current_state": [state(task, versions[task.task_id]) for task in tasks if not task.deleted],
        "task_status_history": [row for task in tasks for row in intervals(task)],
        "user_daily_snapshots": snapshots,
        "calendar": calendar_rows(scopes),
        "user_summary": user_rows(relations, tasks, time_zones(unique)),
        "organisation_summary": [organization_row(relations, tasks, organization)],
    }


def state(task: Task, version: int) -> Row:
    return (
        task.task_id, task.owner, version, task.status, task.priority, task.category, task.due_date, task.is_open,
        utc(task.created_at), task.started_at and utc(task.started_at), task.completed_at and utc(task.completed_at),
        utc(task.last_changed_at),
    )  # fmt: skip


def intervals(task: Task) -> list[Row]:
    """One row for each status that the task was in, until the next change or its deletion."""
    ends = [moment for moment, _ in task.history[1:]]
    rows: list[Row] = []
    for (start, status), end in zip(task.history, [*ends, None], strict=True):
        if status is not None:
            seconds = whole_seconds(start, end) if end else None
            rows.append((task.task_id, task.owner, status, utc(start), end and utc(end), seconds))
    return rows


def snapshot_rows(tasks: list[Task], calendar: Calendar) -> list[Row]:
    def on(moment: datetime) -> date:
        return min(calendar.day(moment), calendar.today)

    created = Counter(on(task.created_at) for task in tasks)
    completed = Counter(on(task.completed_at) for task in tasks if task.completed_at)
    rows: list[Row] = []
    for day, pending, in_progress, *others in cumulative_flow(tasks, calendar):
        assert isinstance(day, date)
        assert isinstance(pending, int)
        assert isinstance(in_progress, int)
        is_open = pending + in_progress
        rows.append((day, pending, in_progress, *others, is_open, created[day], completed[day]))
    return rows


def calendar_rows(scopes: list[tuple[str, list[Task], Calendar]]) -> list[Row]:
    firsts = [min(calendar.day(task.created_at), calendar.today) for _, tasks, calendar in scopes for task in tasks]
    if not firsts:
        return []
    last = max(calendar.today for _, tasks, calendar in scopes if tasks)
    return [
        (
            day, iso_week(day), monday(day), day.isoweekday(), day.isoweekday() in {6, 7}, day.replace(day=1),
            -(-day.month // 3), day.year,
        )
        for day in each(min(firsts), last, step=DAY)
    ]  # fmt: skip


def single(relations: dict[str, list[Row]], relation: str, user: str) -> Row:
    """A user's only row of an insight, without the user."""
    [row] = [row[1:] for row in relations[relation] if row[0] == user]
    return row


def lead_time_of(relations: dict[str, list[Row]], user: str) -> Row:
    """n and p50 over all time."""
    for owner, week, n, p50, *_ in relations["insight_lead_time"]:
        if owner == user and week is None:
            return (n, p50)
    return (0, None)


def user_rows(relations: dict[str, list[Row]], tasks: list[Task], zones: dict[str, ZoneInfo]) -> list[Row]:
    rows: list[Row] = []
    for user, _, _, first_seen, last_updated, total_events, _ in relations["user_analytics"]:
        existing = [task for task in tasks if task.owner == user and not task.deleted]
        overdue, on_time = single(relations, "insight_due_dates", str(user))
        rows.append((
            user, zones[str(user)].key, first_seen, last_updated, total_events, len(existing),
            sum(task.is_open for task in existing), overdue, *lead_time_of(relations, str(user)), on_time,
            single(relations, "insight_completion_rate", str(user))[1], *single(relations, "insight_streak", str(user)),
        ))  # fmt: skip
    return rows


def organization_row(relations: dict[str, list[Row]], tasks: list[Task], calendar: Calendar) -> Row:
    existing = [task for task in tasks if not task.deleted]
    users = len(relations["user_analytics"])
    audience = {row[0]: row[1:] for row in relations["insight_audience"]}.get(calendar.today, (0, 0, 0))
    overdue, on_time = single(relations, "insight_due_dates", ORGANIZATION)
    return (
        calendar.today, users, *audience, len(existing), sum(task.is_open for task in existing), overdue,
        *lead_time_of(relations, ORGANIZATION), on_time, single(relations, "insight_completion_rate", ORGANIZATION)[1],
        len(existing) / users if users else None,
    )  # fmt: skip
