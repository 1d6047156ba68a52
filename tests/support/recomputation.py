"""Every gold relation once more, from the events alone: plain Python, no SQL, nothing shared with dbt.

The definitions are those of `analytics_dbt/models/marts/insights.md`; the code is to be read beside them.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.support.replay import Calendar, Event, Task, instant, replay, time_zones, utc

Value = str | int | float | bool | date | datetime | None
Row = tuple[Value, ...]

ORGANIZATION = "*"
STATUSES = ("pending", "in_progress", "completed", "cancelled")
MASK = "***"
DAY = timedelta(days=1)
WEEK = timedelta(days=7)

COLUMNS: dict[str, tuple[str, ...]] = {
    "user_analytics": (
        "user_id", "email", "name", "first_seen", "last_updated", "total_events", "max_event_types",
    ),
    "task_analytics_user_metrics": (
        "user_id", "total_tasks", "completed_tasks", "pending_tasks", "in_progress_tasks",
        "first_task_date", "last_task_date",
    ),
    "task_analytics_category_trends": ("category", "total_tasks", "completed_tasks"),
    "business_metrics_kpis": ("metric", "value"),
    "insight_lead_time": ("user_id", "week", "n", "p50_s", "p85_s", "p95_s"),
    "insight_cycle_time": ("user_id", "week", "n", "p50_s", "p85_s", "p95_s"),
    "insight_completions": ("user_id", "task_id", "completed_at", "lead_time_s", "cycle_time_s"),
    "insight_throughput": ("user_id", "week", "completed"),
    "insight_cumulative_flow": ("user_id", "day", *STATUSES),
    "insight_ageing": ("user_id", "task_id", "status", "age_days", "beyond_p85"),
    "insight_due_dates": ("user_id", "overdue", "on_time"),
    "insight_rework": ("user_id", "n", "share"),
    "insight_completion_rate": ("user_id", "n", "share"),
    "insight_streak": ("user_id", "current", "longest"),
    "insight_mix": ("user_id", "dimension", "value", "n"),
    "insight_audience": ("day", "daily", "weekly", "monthly"),
    "insight_retention": ("cohort", "week", "users", "share", "partial"),
}  # fmt: skip


def recompute(events: Iterable[Event], as_of: datetime) -> dict[str, list[Row]]:
    """All relations of gold, their columns in the order of COLUMNS, their rows in none.

    `events` are change events as in the contract, in any order, repeated or not; `as_of` is the pass's clock.
    Durations are whole seconds, shares 0 to 1, timestamps naive UTC, as Athena gives them.
    """
    unique = list({event["event_id"]: event for event in events}.values())
    tasks = replay(unique)
    calendars = {user: Calendar(zone, as_of) for user, zone in time_zones(unique).items()}
    organization = Calendar(ZoneInfo("UTC"), as_of)
    relations = {**contract_relations(unique, tasks), **audience_relations(unique, organization)}
    p85 = {user: p85_of_lead_time([t for t in tasks if t.owner == user]) for user in calendars}
    insights: dict[str, Callable[[list[Task], Calendar], list[Row]]] = {
        "insight_lead_time": lead_time,
        "insight_cycle_time": cycle_time,
        "insight_completions": completions,
        "insight_throughput": throughput,
        "insight_cumulative_flow": cumulative_flow,
        "insight_ageing": lambda chosen, calendar: ageing(chosen, calendar, p85),
        "insight_due_dates": due_dates,
        "insight_rework": rework,
        "insight_completion_rate": completion_rate,
        "insight_streak": streak,
        "insight_mix": mix,
    }
    scopes = [(user, [t for t in tasks if t.owner == user], calendar) for user, calendar in calendars.items()]
    scopes.append((ORGANIZATION, tasks, organization))
    for name, insight in insights.items():
        relations[name] = [(user, *row) for user, chosen, calendar in scopes for row in insight(chosen, calendar)]
    return relations


def contract_relations(events: list[Event], tasks: list[Task]) -> dict[str, list[Row]]:
    by_user: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        by_user[event["user_key"]].append(event)
    existing = [task for task in tasks if not task.deleted]
    users: list[Row] = []
    for user, own in by_user.items():
        times = [utc(instant(e["changed_at"])) for e in own]
        kinds = {e["event_name"] for e in own}
        users.append((user, MASK, MASK, min(times), max(times), len(own), len(kinds)))
    metrics: list[Row] = []
    for user in {task.owner for task in existing}:
        own_tasks = [task for task in existing if task.owner == user]
        n = Counter(task.status for task in own_tasks)
        metrics.append((
            user, len(own_tasks), n["completed"], n["pending"], n["in_progress"],
            utc(min(t.created_at for t in own_tasks)), utc(max(t.last_changed_at for t in own_tasks)),
        ))  # fmt: skip
    completed = [task for task in existing if task.status == "completed"]
    per_category = Counter(task.category for task in completed)
    trends: list[Row] = [
        (category, n, per_category[category]) for category, n in Counter(t.category for t in existing).items()
    ]
    kpis: list[Row] = [
        ("total_users", len(users)), ("total_tasks", len(existing)), ("completed_tasks", len(completed)),
    ]  # fmt: skip
    return {
        "user_analytics": users,
        "task_analytics_user_metrics": metrics,
        "task_analytics_category_trends": trends,
        "business_metrics_kpis": kpis,
    }


def lead_time(tasks: list[Task], calendar: Calendar) -> list[Row]:
    done = [(t.completed_at, t.created_at) for t in tasks if t.completed_at]
    return percentiles([(calendar.day(end), whole_seconds(start, end)) for end, start in done])


def cycle_time(tasks: list[Task], calendar: Calendar) -> list[Row]:
    done = [(t.completed_at, t.started_at) for t in tasks if t.completed_at and t.started_at]
    return percentiles([(calendar.day(end), whole_seconds(start, end)) for end, start in done if start <= end])


def completions(tasks: list[Task], _: Calendar) -> list[Row]:
    rows: list[Row] = []
    for task in tasks:
        if task.completed_at:
            start = task.started_at
            worked = whole_seconds(start, task.completed_at) if start and start <= task.completed_at else None
            rows.append(
                (task.task_id, utc(task.completed_at), whole_seconds(task.created_at, task.completed_at), worked)
            )
    return rows


def percentiles(durations: list[tuple[date, int]]) -> list[Row]:
    groups: dict[str | None, list[int]] = defaultdict(list)
    for day, seconds in durations:
        groups[None].append(seconds)
        groups[iso_week(day)].append(seconds)
    return [(week, len(group), *(nearest_rank(group, p) for p in (50, 85, 95))) for week, group in groups.items()]


def throughput(tasks: list[Task], calendar: Calendar) -> list[Row]:
    mondays = Counter(monday(calendar.day(t.completed_at)) for t in tasks if t.completed_at)
    if not mondays:
        return []
    return [(iso_week(week), mondays[week]) for week in each(min(mondays), monday(calendar.today), step=WEEK)]


def cumulative_flow(tasks: list[Task], calendar: Calendar) -> list[Row]:
    today = calendar.today
    closing: dict[date, dict[str, str | None]] = defaultdict(dict)
    for task in tasks:
        for moment, status in task.history:
            closing[min(calendar.day(moment), today)][task.task_id] = status
    if not closing:
        return []
    rows: list[Row] = []
    current: dict[str, str | None] = {}
    n: Counter[str | None] = Counter()
    for day in each(min(closing), today, step=DAY):
        for task_id, status in closing[day].items():
            n[current.get(task_id)] -= 1
            n[status] += 1
            current[task_id] = status
        rows.append((day, *(n[status] for status in STATUSES)))
    return rows


def ageing(tasks: list[Task], calendar: Calendar, p85: Mapping[str, int | None]) -> list[Row]:
    rows: list[Row] = []
    for task in tasks:
        if task.is_open:
            limit = p85[task.owner]
            beyond = None if limit is None else whole_seconds(task.created_at, calendar.as_of) > limit
            age = (calendar.today - calendar.day(task.created_at)).days
            rows.append((task.task_id, task.status, age, beyond))
    return rows


def due_dates(tasks: list[Task], calendar: Calendar) -> list[Row]:
    overdue = [t for t in tasks if t.is_open and t.due_date and t.due_date < calendar.today]
    promised = [(t.completed_at, t.due_date) for t in tasks if t.completed_at and t.due_date]
    kept = [due for moment, due in promised if calendar.day(moment) <= due]
    return [(len(overdue), share(len(kept), len(promised)))]


def rework(tasks: list[Task], _: Calendar) -> list[Row]:
    completed = [t for t in tasks if t.was_completed]
    return [(len(completed), share(sum(t.reworked for t in completed), len(completed)))]


def completion_rate(tasks: list[Task], _: Calendar) -> list[Row]:
    wanted = [t for t in tasks if not t.deleted and t.status != "cancelled"]
    return [(len(wanted), share(sum(t.status == "completed" for t in wanted), len(wanted)))]


def streak(tasks: list[Task], calendar: Calendar) -> list[Row]:
    days = {calendar.day(t.completed_at) for t in tasks if t.completed_at}
    anchor = calendar.today if calendar.today in days else calendar.today - DAY
    return [(run_ending(anchor, days), max((run_ending(day, days) for day in days), default=0))]


def run_ending(day: date, days: set[date]) -> int:
    length = 0
    while day in days:
        length, day = length + 1, day - DAY
    return length


def mix(tasks: list[Task], _: Calendar) -> list[Row]:
    existing = [t for t in tasks if not t.deleted]
    return [
        (dimension, value, n)
        for dimension in ("status", "priority", "category")
        for value, n in Counter(getattr(t, dimension) for t in existing).items()
    ]


def audience_relations(events: Iterable[Event], calendar: Calendar) -> dict[str, list[Row]]:
    active: dict[date, set[str]] = defaultdict(set)
    for event in events:
        day = calendar.day(instant(event["changed_at"]))
        if event["actor"] == "api" and day <= calendar.today:
            active[day].add(event["user_key"])
    return {"insight_audience": audience(active, calendar), "insight_retention": retention(active, calendar)}


def audience(active: Mapping[date, set[str]], calendar: Calendar) -> list[Row]:
    if not active:
        return []

    def users_within(days: int, last: date) -> int:
        return len({user for back in range(days) for user in active.get(last - back * DAY, ())})

    return [(day, *(users_within(n, day) for n in (1, 7, 30))) for day in each(min(active), calendar.today, step=DAY)]


def retention(active: Mapping[date, set[str]], calendar: Calendar) -> list[Row]:
    weeks: dict[str, set[date]] = defaultdict(set)
    for day, users in active.items():
        for user in users:
            weeks[user].add(monday(day))
    cohorts: dict[date, list[str]] = defaultdict(list)
    for user, mondays in weeks.items():
        cohorts[min(mondays)].append(user)
    this_week = monday(calendar.today)
    rows: list[Row] = []
    for start, members in cohorts.items():
        for k, week in enumerate(each(start, this_week, step=WEEK)):
            returned = sum(week in weeks[user] for user in members)
            part = share(returned, len(members))
            rows.append((iso_week(start), k, len(members), part, week == this_week))
    return rows


def p85_of_lead_time(tasks: list[Task]) -> int | None:
    durations = [whole_seconds(t.created_at, t.completed_at) for t in tasks if t.completed_at]
    return nearest_rank(durations, 85) if durations else None


def nearest_rank(values: list[int], p: int) -> int:
    """The ceil(p/100 * n)-th of the values in ascending order."""
    return sorted(values)[-(-p * len(values) // 100) - 1]


def whole_seconds(start: datetime, end: datetime) -> int:
    return (end - start) // timedelta(seconds=1)


def share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def iso_week(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def each(first: date, last: date, *, step: timedelta) -> list[date]:
    return [first + i * step for i in range((last - first) // step + 1)]
