"""What each route costs: calls on the wire, and units by DynamoDB's rules."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.support.table import Wire
from tests.support.tokens import ANN
from tests.support.units import contents, read_units, size, write_units

URL = "/api/v1/tasks"
SMALL = {"title": "Send the quarterly report"}
WITH_DUE_DATE = {**SMALL, "due_date": "2026-12-01", "category": "work", "priority": "high"}
KEY = {"Idempotency-Key": "0b2f1d52-6f3c-4c55-8c35-3d4c3f0a8f10"}


def created(client: APIClient, values: dict[str, Any]) -> str:
    return str(client.post(URL, values, format="json").json()["id"])


def test_calls_without_a_key(ann: APIClient, calls: Wire) -> None:
    task_id = created(ann, SMALL)
    ann.get(f"{URL}/{task_id}")
    ann.get(URL)
    ann.put(f"{URL}/{task_id}", {"status": "completed"}, format="json")
    ann.patch(f"{URL}/{task_id}", {"priority": "low"}, format="json")
    ann.delete(f"{URL}/{task_id}")
    ann.get(f"{URL}/changes")
    ann.get("/api/v1/insights")
    ann.get("/api/v1/insights/mix")
    assert calls == [
        "PutItem",
        "GetItem",
        "Query",
        "UpdateItem",
        "UpdateItem",
        "UpdateItem",
        "Query",
        "GetItem",
        "GetItem",
    ]


def test_calls_with_a_key(ann: APIClient, calls: Wire) -> None:
    task_id = created(ann, SMALL)
    del calls[:]
    for _ in range(2):
        ann.post(URL, SMALL, format="json", headers={"Idempotency-Key": "a"})
    assert calls == ["TransactWriteItems"] * 2
    for method, key in (("put", "b"), ("patch", "c"), ("delete", "d")):
        del calls[:]
        for _ in range(2):
            body = None if method == "delete" else {"priority": "low"}
            getattr(ann, method)(f"{URL}/{task_id}", body, format="json", headers={"Idempotency-Key": key})
        assert calls == ["BatchGetItem", "TransactWriteItems", "BatchGetItem"], method


def test_a_refused_request_costs_nothing(ann: APIClient, anonymous: APIClient, calls: Wire) -> None:
    assert anonymous.get(URL).status_code == 401
    assert ann.post(URL, {}, format="json").status_code == 400
    assert calls == []


@pytest.mark.parametrize(
    ("values", "units"),
    [(SMALL, 2), (WITH_DUE_DATE, 3), ({**SMALL, "description": "x" * 1000}, 4)],
    ids=["small", "with a due date", "1 KB of text"],
)
def test_units_of_a_new_task(ann: APIClient, table: Any, values: dict[str, Any], units: int) -> None:
    """One for the table (two over 1 KB), and the same for each index that holds it."""
    before = contents(table)
    created(ann, values)
    assert write_units(before, contents(table)) == units


@pytest.mark.parametrize(
    ("values", "change", "units"),
    [
        (SMALL, {"status": "completed"}, 3),
        (WITH_DUE_DATE, {"status": "completed"}, 4),
        (WITH_DUE_DATE, None, 4),
        (SMALL, None, 3),
        # The one write of a small task above four: its place in both indexes moves.
        (WITH_DUE_DATE, {"due_date": "2026-12-24"}, 5),
    ],
    ids=["update", "update with a due date", "delete with a due date", "delete", "move the due date"],
)
def test_units_of_a_change(
    ann: APIClient, table: Any, values: dict[str, Any], change: dict[str, Any] | None, units: int
) -> None:
    """One for the table, two for `by_updated_at`, where the task moves, and one for `by_due_date`, if it is there."""
    path = f"{URL}/{created(ann, values)}"
    before = contents(table)
    response = ann.delete(path) if change is None else ann.put(path, change, format="json")
    assert response.status_code < 300
    assert write_units(before, contents(table)) == units


def test_units_of_keyed_writes(ann: APIClient, table: Any) -> None:
    """A transaction doubles the table's own units, and keeps the answer in an item of under 1 KB."""
    before = contents(table)
    ann.post(URL, WITH_DUE_DATE, format="json", headers=KEY)
    after = contents(table)
    assert write_units(before, after, transaction=True) == 2 * 2 + 2
    record = next(item for item in after.values() if item["entity"] == "idempotency")
    assert size(record) < 1024


def test_units_of_reads(ann: APIClient, table: Any) -> None:
    """A page of 100 looks at one task more, to know whether others follow."""
    for _ in range(110):
        created(ann, SMALL)
    response = ann.get(f"{URL}?limit=100")
    assert len(response.json()) == 100
    newest = [item for _, item in sorted(contents(table).items(), reverse=True)][:101]
    assert read_units(newest, strong=False) <= 3.5
    assert read_units(newest[:1], strong=True) == 1


def test_unit_arithmetic() -> None:
    """A task by hand: names and values in bytes, a number by its digits."""
    item = {"PK": f"USER#{ANN}", "version": 12, "note": "é"}
    assert size(item) == (2 + 41) + (7 + 2) + (4 + 2)
    assert read_units([{"x": "y" * 4095}], strong=True) == 1
    assert read_units([{"x": "y" * 4096}], strong=False) == 1
    old, new = ({"PK": "a", "SK": "b", "updated_at": at, "x": "y" * 1100} for at in ("1", "2"))
    assert write_units({("a", "b"): old}, {("a", "b"): new}) == 2 + 4
