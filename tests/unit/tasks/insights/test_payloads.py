"""What is published of an insight: the newest, and never more than an item may hold."""

import json
import random
import uuid
from datetime import date, timedelta
from typing import Any

import pytest

from tasks.insights import payloads, registry
from tasks.insights.payloads import MAX_BYTES, Found, Packed, Row, pack, period_of
from tasks.insights.registry import ORGANIZATION, REGISTRY, SUMMARY

AS_OF = "2026-11-22T12:00:00.000Z"
TODAY = date(2026, 11, 22)
DICE = random.Random(7)


def packed(name: str, rows: list[Row], total: int | None = None) -> tuple[dict[str, Any], Packed]:
    """The answer that is published of an insight's rows, and its item."""
    found = {name: Found(rows, len(rows) if total is None else total)}
    item = pack([ORGANIZATION[name]], found, as_of=AS_OF, today=TODAY)[name]
    return json.loads(payloads.decompress(item.payload)), item


def weeks(count: int) -> list[str]:
    """The ISO weeks up to TODAY's, newest first."""
    return [period_of(registry.WEEKS, TODAY - timedelta(weeks=back)) for back in range(count)]


def days(count: int) -> list[str]:
    return [(TODAY - timedelta(days=back)).isoformat() for back in range(count)]


def number() -> int:
    return DICE.randrange(10**9)


def ageing(count: int) -> list[Row]:
    identifiers = [str(uuid.UUID(int=DICE.getrandbits(128))) for _ in range(count)]
    return [
        {
            "task_id": task_id,
            "status": DICE.choice(["pending", "in_progress"]),
            "age_days": number(),
            "beyond_p85": None,
        }
        for task_id in identifiers
    ]


def category() -> str:
    """As long as a category may be, of letters that no compression shortens much."""
    return "".join(chr(DICE.randrange(0x20000, 0x2A6DF)) for _ in range(50))


def test_400_days_fit_and_older_ones_are_told_of() -> None:
    rows = [{"day": day, "pending": number(), "in_progress": number(), "completed": number(), "cancelled": number()}
            for day in days(401)]  # fmt: skip
    body, item = packed("cumulative-flow", rows)
    assert [row["day"] for row in body["rows"]] == days(400)[::-1]
    assert (body["from"], body["to"], body["truncated"]) == (days(400)[-1], TODAY.isoformat(), True)
    assert (len(item.payload) <= MAX_BYTES, item.total) == (True, None)


def test_260_weeks_and_the_row_over_all_time_fit() -> None:
    figures = {"n": 10**9, "p50_s": 10**12}
    rows = [{"week": week, **figures, "p85_s": number(), "p95_s": number()} for week in [*weeks(260), None]]
    body, item = packed("lead-time", rows)
    assert [row["week"] for row in body["rows"]] == [None, *weeks(260)[::-1]]
    assert (body["from"], body["to"], body["truncated"]) == (weeks(260)[-1], "2026-W47", False)
    assert len(item.payload) <= MAX_BYTES


def test_1000_entries_fit_with_the_total_beside_them() -> None:
    rows = ageing(1000)
    body, item = packed("ageing", rows, total=23_456)
    assert (body["rows"], body["truncated"], body["from"], body["to"]) == (rows, True, None, None)
    assert (item.total, len(item.payload) <= MAX_BYTES) == (23_456, True)


def test_1000_completions_fit_whole() -> None:
    rows: list[Row] = [
        {
            "task_id": str(uuid.UUID(int=DICE.getrandbits(128))),
            "completed_at": f"2026-11-22T12:34:{DICE.randrange(60):02}.{DICE.randrange(1000):03}Z",
            "lead_time_s": number(),
            "cycle_time_s": number(),
        }
        for _ in range(1000)
    ]
    body, item = packed("completions", rows, total=23_456)
    assert (body["rows"], body["truncated"], item.total) == (rows, True, 23_456)
    assert len(item.payload) <= MAX_BYTES


def test_entries_that_all_came_are_not_truncated() -> None:
    body, item = packed("ageing", ageing(1000))
    assert (body["truncated"], item.total) == (False, 1000)


def test_entries_that_an_item_can_not_hold_are_cut_further_the_first_stay() -> None:
    rows: list[Row] = [{"dimension": "category", "value": category(), "n": 1} for _ in range(1000)]
    body, item = packed("mix", rows)
    kept = len(body["rows"])
    assert len(payloads.compress({"rows": rows})) > MAX_BYTES
    assert 500 < kept < 1000
    assert (body["rows"], body["truncated"], item.total) == (rows[:kept], True, 1000)
    assert MAX_BYTES * 0.8 < len(item.payload) <= MAX_BYTES


def test_summary_holds_what_fits_too() -> None:
    rows: list[Row] = [{"dimension": "category", "value": category(), "n": 1} for _ in range(1000)]
    streak: list[Row] = [{"current": 3, "longest": 9}]
    found = {"mix": Found(rows, 1000), "streak": Found(streak, 1)}
    items = pack(REGISTRY.values(), found, as_of=AS_OF, today=TODAY)
    summary = json.loads(payloads.decompress(items[SUMMARY].payload))["insights"]
    assert (summary["streak"], summary["mix"]) == (streak, rows[: len(summary["mix"])])
    assert len(items[SUMMARY].payload) <= MAX_BYTES < sum(len(item.payload) for item in items.values())


def test_cohorts_are_cut_whole() -> None:
    rows: list[Row] = [
        {"cohort": cohort, "week": k, "users": number(), "share": DICE.random(), "partial": False}
        for age, cohort in enumerate(weeks(260))
        for k in range(age + 1)
    ]
    body, item = packed("retention", rows)
    cohorts = sorted({row["cohort"] for row in body["rows"]}, reverse=True)
    assert 50 < len(cohorts) < 260
    assert cohorts == weeks(len(cohorts))
    assert len(body["rows"]) == sum(age + 1 for age in range(len(cohorts)))
    assert (body["from"], body["truncated"], len(item.payload) <= MAX_BYTES) == (cohorts[-1], True, True)


def test_weeks_reach_to_as_ofs_even_without_a_row() -> None:
    body, _ = packed("lead-time", [{"week": "2026-W40", "n": 1}])
    assert (body["from"], body["to"]) == ("2026-W40", "2026-W47")


@pytest.mark.parametrize("name", sorted(ORGANIZATION))
def test_without_rows_there_is_no_range(name: str) -> None:
    body, _ = packed(name, [])
    assert (body["as_of"], body["rows"], body["from"], body["to"], body["truncated"]) == (AS_OF, [], None, None, False)


def test_summary_has_of_the_lead_time_the_row_over_all_weeks() -> None:
    rows: list[Row] = [{"week": None, "n": 3}, {"week": "2026-W40", "n": 3}]
    items = pack(REGISTRY.values(), {"lead-time": Found(rows, 2)}, as_of=AS_OF, today=TODAY)
    summary = json.loads(payloads.decompress(items[SUMMARY].payload))
    assert summary["insights"]["lead-time"] == rows[:1]


def test_week_of_a_january_may_be_of_the_year_before() -> None:
    assert period_of(registry.WEEKS, date(2027, 1, 1)) == "2026-W53"
