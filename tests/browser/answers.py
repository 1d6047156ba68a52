"""Answers of the insights API, shaped as the API sends them: half a year of somebody's work."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

Answer = dict[str, Any]
# By path; the list of tasks is no object.
Answers = dict[str, Any]

AS_OF = "2026-11-22T15:57:12.000Z"
WEEKS = 31
DAY = 86_400
COMPLETED = [3, 5, 4, 0, 6, 8, 5, 7, 9, 4, 6, 2, 0, 0, 5, 8, 11, 7, 6, 9, 8, 5, 10, 12, 7, 9, 6, 11, 8, 13, 5]
CATEGORIES: dict[str | None, int] = {
    "website": 61,
    "customers": 47,
    "household": 38,
    "reading": 22,
    None: 19,
    "tax return 2026": 12,
}


def iso_week(monday: date) -> str:
    year, week, _ = monday.isocalendar()
    return f"{year}-W{week:02}"


def period_of(rows: list[dict[str, Any]]) -> str | None:
    """The column of the days or weeks that an insight can be narrowed to; a cohort's own weeks are only counted."""
    return next((column for column in ("cohort", "week", "day") if rows and column in rows[0]), None)


def answer(insight: str, unit: str, rows: list[dict[str, Any]], *, as_of: str = AS_OF) -> Answer:
    """The published range is the rows' own, where they have a period."""
    period = period_of(rows)
    bounds = sorted(row[period] for row in rows if row[period] is not None) if period else []
    return {
        "insight": insight,
        "definition": f"The definition of {insight}.",
        "unit": unit,
        "as_of": as_of,
        "from": bounds[0] if bounds else None,
        "to": bounds[-1] if bounds else None,
        "truncated": False,
        "rows": rows,
    }


def weeks() -> list[str]:
    """The ISO weeks up to as_of's, oldest first."""
    monday = datetime.fromisoformat(AS_OF).astimezone(UTC).date()
    monday -= timedelta(days=monday.weekday())
    return [iso_week(monday - timedelta(weeks=back)) for back in range(WEEKS - 1, -1, -1)]


def throughput() -> list[dict[str, Any]]:
    return [{"week": week, "completed": n} for week, n in zip(weeks(), COMPLETED, strict=True)]


def lead_time() -> list[dict[str, Any]]:
    """A row for all completions, and one for each week that has any."""
    overall: dict[str, Any] = {
        "week": None,
        "n": sum(COMPLETED),
        "p50_s": 187_442,
        "p85_s": 577_010,
        "p95_s": 1_126_799,
    }
    rows = [overall]
    for index, (week, n) in enumerate(zip(weeks(), COMPLETED, strict=True)):
        if n:
            half = int((1.2 + (index * 7 % 5) * 0.55) * DAY)
            rows.append({"week": week, "n": n, "p50_s": half, "p85_s": half * 3 - DAY // 2, "p95_s": half * 4})
    return rows


def cycle_time() -> list[dict[str, Any]]:
    """About a third of the lead time, of the weeks in which started tasks were completed."""
    return [
        {"week": row["week"], "n": row["n"], **{key: row[key] // 3 for key in ("p50_s", "p85_s", "p95_s")}}
        for row in lead_time()
    ]


def completions() -> list[dict[str, Any]]:
    """Those that the weeks count, newest first: half a day apart from Monday 09:00 on, every fifth never started.

    They took up to a week and a half a day, but for one.
    """
    rows = []
    for index, (week, n) in enumerate(zip(weeks(), COMPLETED, strict=True)):
        monday = datetime.fromisoformat(f"{week}-1T09:00:00+00:00")
        for nth in range(n):
            at = monday + timedelta(hours=12 * nth)
            seconds = 14 * DAY if (index, nth) == (29, 0) else DAY // 2 + (nth * 37 + index * 11) % 29 * DAY // 4
            rows.append(
                {
                    "task_id": f"019a{index:04x}-7000-7000-8000-00000000c{nth:03x}",
                    "completed_at": f"{at:%Y-%m-%dT%H:%M:%S}.000Z",
                    "lead_time_s": seconds,
                    "cycle_time_s": None if nth % 5 == 4 else seconds // 3,
                }
            )
    return rows[::-1]


def days(first: date | None = None) -> list[str]:
    """The days up to as_of's, from the Monday of the first week on."""
    last = datetime.fromisoformat(AS_OF).date()
    day = first or last - timedelta(days=last.weekday(), weeks=WEEKS - 1)
    return [(day + timedelta(days=n)).isoformat() for n in range((last - day).days + 1)]


def flow() -> list[dict[str, Any]]:
    """A growing heap of completed tasks, and as many open on the last day as `mix` says."""
    every = days()
    rows = [
        {
            "day": day,
            "pending": 6 + (n * 11 // len(every)) + n * 5 % 4,
            "in_progress": 2 + n * 7 % 5,
            "completed": n * 171 // (len(every) - 1),
            "cancelled": n * 6 // (len(every) - 1),
        }
        for n, day in enumerate(every)
    ]
    rows[-1] |= {"pending": 17, "in_progress": 5}
    return rows


def task_id(number: int) -> str:
    return f"019aac{number:02x}-7000-7000-8000-0000000000{number:02x}"


def ageing() -> list[dict[str, Any]]:
    """22 open tasks, as the mix has them, those of over six days older than usual."""
    ages = [0, 0, 0, 1, 1, 2, 2, 2, 3, 3, 4, 5, 5, 6, 6, 9, 12, 13, 17, 17, 24, 41]
    return [
        {
            "task_id": task_id(number),
            "status": "in_progress" if number % 4 == 1 and number < 20 else "pending",
            "age_days": age,
            "beyond_p85": age > 6,
        }
        for number, age in enumerate(ages)
    ]


def oldest_tasks() -> list[dict[str, Any]]:
    """What the API lists of the tasks, as far as the page reads it."""
    titles = {
        21: "Renew the passport",
        20: "Write to the landlord about the balcony",
        19: "<b>Sort</b> the tax receipts",
    }
    return [{"id": task_id(number), "title": title} for number, title in titles.items()]


def audience() -> list[dict[str, Any]]:
    return [
        {"day": day, "daily": 3 + n * 5 % 7, "weekly": 9 + n // 40 + n % 3, "monthly": 14 + n // 25}
        for n, day in enumerate(days())
    ]


def retention() -> list[dict[str, Any]]:
    """Cohorts of the latest ten weeks, two of them without anybody."""
    latest = weeks()[-10:]
    return [
        {
            "cohort": cohort,
            "week": week,
            "users": 4 + number % 3,
            "share": 1 if week == 0 else round((3 - week % 3) / (4 + number % 3), 4),
            "partial": number + week == len(latest) - 1,
        }
        for number, cohort in enumerate(latest)
        if number not in (3, 6)
        for week in range(len(latest) - number)
    ]


def mix() -> list[dict[str, Any]]:
    by_status = {"pending": 17, "in_progress": 5, "completed": 171, "cancelled": 6}
    by_priority = {"low": 41, "medium": 108, "high": 39, "urgent": 11}
    dimensions: dict[str, Mapping[Any, int]] = {"status": by_status, "priority": by_priority, "category": CATEGORIES}
    return [
        {"dimension": dimension, "value": value, "n": n}
        for dimension, counts in dimensions.items()
        for value, n in counts.items()
    ]


def summary(*, as_of: str | None = AS_OF) -> Answer:
    rows = {
        "lead-time": lead_time()[:1],
        "mix": mix(),
        "completion-rate": [{"n": 193, "share": 0.886}],
        "due-dates": [{"overdue": 3, "on_time": 0.7349}],
        "rework": [{"n": 203, "share": 0.0443}],
        "streak": [{"current": 4, "longest": 11}],
    }
    return {"as_of": as_of, "insights": rows if as_of else {name: [] for name in rows}}


def published() -> Answers:
    """What the API answers after a pass, by path."""
    return {"/api/v1/insights": summary(), **details("/api/v1/insights"), **beside_insights()}


def beside_insights() -> Answers:
    """What the page asks of other routes, as far as it reads it."""
    return {"/api/v1/tasks": oldest_tasks(), "/api/v1/users": {"time_zone": "UTC"}}


def of_organization() -> Answers:
    """What it answers analysts besides: the same figures as the only user's, and those that only it has."""
    base = "/api/v1/insights/organization"
    return {
        base: summary(),
        **details(base),
        f"{base}/audience": answer("audience", "users", audience()),
        f"{base}/retention": answer("retention", "share", retention()),
    }


def details(base: str) -> Answers:
    rows = {
        "throughput": throughput(),
        "lead-time": lead_time(),
        "cycle-time": cycle_time(),
        "completions": completions(),
        "cumulative-flow": flow(),
        "ageing": ageing(),
        "mix": mix(),
        **{name: summary()["insights"][name] for name in ("streak", "due-dates", "rework", "completion-rate")},
    }
    return {f"{base}/{name}": answer(name, "a unit", of_name) for name, of_name in rows.items()}


def unpublished() -> Answers:
    """What the API answers before the first pass."""
    nothing: Answer = {"as_of": None, "from": None, "to": None, "rows": []}
    empty = {path: {**body, **nothing} for path, body in details("/api/v1/insights").items()}
    return {"/api/v1/insights": summary(as_of=None), **empty, "/api/v1/tasks": []}


def narrowed(body: Answer, first: str, last: str) -> Answer | None:
    """The answer for `?from=&to=`, without a row over all time; None for what the API refuses."""
    if not body["from"] <= first <= last <= body["to"]:
        return None
    period = period_of(body["rows"])
    rows = [row for row in body["rows"] if row[period] is not None and first <= row[period] <= last]
    return {**body, "from": first, "to": last, "rows": rows}
