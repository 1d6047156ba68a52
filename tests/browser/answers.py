"""Answers of the insights API, shaped as the API sends them: half a year of somebody's work."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

Answer = dict[str, Any]
Answers = dict[str, Answer]

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


def answer(insight: str, unit: str, rows: list[dict[str, Any]], *, as_of: str = AS_OF) -> Answer:
    return {
        "insight": insight,
        "definition": f"The definition of {insight}.",
        "unit": unit,
        "as_of": as_of,
        "from": None,
        "to": None,
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
    if as_of is None:
        names = ("lead-time", "mix", "completion-rate", "streak")
        return {"as_of": None, "insights": {name: [] for name in names}}
    return {
        "as_of": as_of,
        "insights": {
            "lead-time": lead_time()[:1],
            "mix": mix(),
            "completion-rate": [{"n": 193, "share": 0.886}],
            "streak": [{"current": 4, "longest": 11}],
        },
    }


def published() -> Answers:
    """What the API answers after a pass, by path."""
    return {
        "/api/v1/insights": summary(),
        "/api/v1/insights/throughput": answer("throughput", "tasks per week", throughput()),
        "/api/v1/insights/lead-time": answer("lead-time", "seconds", lead_time()),
        "/api/v1/insights/mix": answer("mix", "tasks", mix()),
    }


def unpublished() -> Answers:
    """What the API answers before the first pass."""
    empty = {path: {**body, "as_of": None, "rows": []} for path, body in published().items() if "rows" in body}
    return {"/api/v1/insights": summary(as_of=None), **empty}
