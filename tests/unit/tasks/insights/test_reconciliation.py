"""What counts as a difference between the table and gold, and how the table is read."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tasks import services
from tasks.insights import reconciliation
from tasks.insights.reconciliation import State, Stored
from tasks.models import Erasure, User, WriteContext, keys
from tests.support.table import Wire

PASSED_AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
MOMENT = timedelta(milliseconds=1)
STATE = State(
    version=2,
    is_deleted=False,
    status="completed",
    priority="low",
    category="docs",
    due_date="2026-11-30",
    created_at=PASSED_AT - timedelta(days=3),
    started_at=None,
    completed_at=PASSED_AT - timedelta(days=1),
)
GONE = State(version=3, is_deleted=True)


def findings(table: State | None, gold: State | None, *, written: datetime = PASSED_AT - MOMENT) -> list[str]:
    stored = {"t": Stored(table, written)} if table else {}
    found = reconciliation.compare("u", stored, {"t": gold} if gold else {}, passed_at=PASSED_AT)
    return [one.kind for one in found]


@pytest.mark.parametrize(("table", "gold"), [(STATE, STATE), (GONE, GONE), (None, GONE), (None, None)])
def test_equal_states_and_expired_traces_are_no_finding(table: State | None, gold: State | None) -> None:
    assert findings(table, gold) == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("version", 3),
        ("version", 1),
        ("status", "pending"),
        ("priority", "high"),
        ("category", None),
        ("due_date", None),
        ("created_at", PASSED_AT),
        ("started_at", PASSED_AT),
        ("completed_at", None),
        ("is_deleted", True),
    ],
)
def test_each_column_counts(column: str, value: Any) -> None:
    assert findings(replace(STATE, **{column: value}), STATE) == ["different"]


def test_task_that_one_side_lacks_is_a_difference() -> None:
    assert findings(STATE, None) == ["not in gold"]
    assert findings(None, STATE) == ["not in the table"]


@pytest.mark.parametrize("gold", [None, replace(STATE, version=1)])
def test_version_from_the_pass_on_is_in_flight(gold: State | None) -> None:
    assert findings(STATE, gold, written=PASSED_AT) == ["in flight"]
    assert findings(STATE, gold, written=PASSED_AT - MOMENT) != ["in flight"]


def test_gold_ahead_of_the_table_is_never_in_flight() -> None:
    assert findings(STATE, replace(STATE, version=3), written=PASSED_AT) == ["different"]


def test_same_version_with_other_content_is_never_in_flight() -> None:
    assert findings(STATE, replace(STATE, priority="high"), written=PASSED_AT) == ["different"]


def test_detail_shows_values_but_not_the_users_own_text() -> None:
    stored = {"t": Stored(STATE, PASSED_AT - MOMENT)}
    gold = {"t": replace(STATE, category="a secret", priority="high")}
    (found,) = reconciliation.compare("u", stored, gold, passed_at=PASSED_AT)
    assert found.detail == "priority: low in the table, high in gold, category"


def test_users_tasks_are_read_by_queries_traces_too(table: Any, calls: Wire) -> None:
    context = WriteContext(now=PASSED_AT, changed_at=PASSED_AT)
    kept = services.create_task(sub="u", values={"title": "x", "status": "completed"}, context=context)
    dropped = services.create_task(sub="u", values={"title": "y"}, context=context)
    services.create_task(sub="other", values={"title": "z"}, context=context)
    services.task_deletion(context=replace(context, write_id="another")).store(sub="u", task_id=dropped.id)
    del calls[:]
    found = reconciliation.stored_tasks("u")
    assert found[kept.id].state.completed_at == PASSED_AT
    assert (found[dropped.id].state, len(found)) == (State(2, is_deleted=True), 2)
    assert calls == ["Query"]


def test_scan_finds_whoever_has_any_item(table: Any) -> None:
    for number in range(30):
        table.put_item(Item={"PK": keys.user_pk(f"u{number}"), "SK": "TASK#1", "entity": "task"})
    table.put_item(Item={"PK": keys.ERASURES, "SK": "x", "entity": "erasure"})
    assert User.all_subs() == {f"u{number}" for number in range(30)}


def test_only_who_was_erased_from_the_pass_on_is_in_flight(table: Any) -> None:
    for user_key, requested_at in [("before", PASSED_AT - MOMENT), ("at", PASSED_AT), ("after", PASSED_AT + MOMENT)]:
        later = requested_at + timedelta(days=1)
        Erasure.begin(user_key, user_key, now=requested_at, tombstone_until=later, listed_until=later)
    assert reconciliation.erased_since(PASSED_AT) == {"at", "after"}
