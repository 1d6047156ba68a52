"""Filters and orders of the list, against the same done to plain lists here."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from rest_framework.test import APIClient

from tasks import services
from tasks.models import Task, WriteContext
from tests.api.test_lists import URL, list_ids, next_page
from tests.support.clients import client_of
from tests.support.table import Wire
from tests.support.tokens import ANN, id_claims, signed

TODAY = datetime.now(UTC).date()
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
STATUSES = ("pending", "in_progress", "completed", "cancelled")
PRIORITIES = ("low", "medium", "high", "urgent")
CATEGORIES = (None, "", "home", "Büro, 2. Stock", "=cmd")
WORDS = ("Straße", "STRASSE", "milk", "Call Ann", "\ufb01le", "100%", "a\u0301")


def stored_tasks(count: int, seed: int) -> list[Task]:
    """Random tasks in the table, some written again, some deleted; those that are there."""
    chance = random.Random(seed)
    made = []
    for number in range(count):
        at = BEGIN + timedelta(minutes=chance.randrange(10_000), milliseconds=number)
        values: dict[str, Any] = {
            "title": f"{chance.choice(WORDS)} {number}",
            "description": chance.choice((None, "", "milk and Honey", "Straße")),
            "status": chance.choice(STATUSES),
            "priority": chance.choice(PRIORITIES),
            "category": chance.choice(CATEGORIES),
            "due_date": chance.choice((None, *((TODAY + timedelta(days=n)).isoformat() for n in range(-4, 5)))),
        }
        task = services.create_task(sub=ANN, values=values, context=WriteContext(now=at, changed_at=at))
        later = WriteContext(now=at + timedelta(hours=number), changed_at=at + timedelta(hours=number))
        if number % 7 == 0:
            services.task_deletion(context=later).store(sub=ANN, task_id=task.id)
            continue
        if number % 3 == 0:
            task = services.task_update(values={"priority": "low"}, context=later).store(sub=ANN, task_id=task.id)
        made.append(task)
    return made


def ordered(tasks: list[Task], ordering: str) -> list[str]:
    name, reverse = ordering.removeprefix("-"), ordering.startswith("-")
    newest_first = sorted(tasks, key=lambda task: task.id, reverse=True)
    if name == "created_at":
        return [task.id for task in (newest_first if reverse else newest_first[::-1])]
    dated = [task for task in newest_first if getattr(task, name)]
    undated = [task.id for task in newest_first if not getattr(task, name)]
    return [task.id for task in sorted(dated, key=lambda task: getattr(task, name), reverse=reverse)] + undated


def same_order(found: list[str], expected: list[str], tasks: list[Task], name: str) -> bool:
    """Equal but for the order of tasks that have the same value."""
    values = {task.id: getattr(task, name) for task in tasks}
    return sorted(found) == sorted(expected) and [values[i] for i in found] == [values[i] for i in expected]


@pytest.mark.parametrize(
    "ordering", ["created_at", "-created_at", "updated_at", "-updated_at", "due_date", "-due_date"]
)
@pytest.mark.parametrize("limit", [1, 4, 7, 100, None])
def test_every_order_has_every_task_once(ann: APIClient, ordering: str, limit: int | None) -> None:
    tasks = stored_tasks(30, seed=1)
    query = {"ordering": ordering} | ({"limit": limit} if limit else {})
    found = list_ids(ann, urlencode(query))
    assert same_order(found, ordered(tasks, ordering), tasks, ordering.removeprefix("-"))


def passes(task: Task, query: list[tuple[str, str]], today: str) -> bool:
    def sent(name: str) -> list[str]:
        return [value for key, value in query if key == name]

    text = f"{task.title}\n{task.description or ''}".lower().replace("ß", "ss").replace("\ufb01", "fi")
    is_overdue = task.status in ("pending", "in_progress") and bool(task.due_date) and str(task.due_date) < today
    return (
        (not sent("status") or task.status in ",".join(sent("status")).split(","))
        and (not sent("priority") or task.priority in sent("priority"))
        and (not sent("category") or task.category in sent("category"))
        and all(task.due_date and task.due_date < day for day in sent("due_before"))
        and all(task.due_date and task.due_date > day for day in sent("due_after"))
        and all(is_overdue == (wanted == "true") for wanted in sent("overdue"))
        and all(wanted.lower().replace("ß", "ss") in text for wanted in sent("q"))
    )


def a_query(chance: random.Random) -> list[tuple[str, str]]:
    day = (TODAY + timedelta(days=chance.randrange(-5, 6))).isoformat()
    offers = [
        [("status", word) for word in chance.sample(STATUSES, chance.randrange(1, 3))],
        [("status", "pending,completed")],
        [("priority", word) for word in chance.sample(PRIORITIES, chance.randrange(1, 4))],
        [("category", word) for word in chance.sample([c for c in CATEGORIES if c is not None], 2)],
        [("due_before", day)],
        [("due_after", (TODAY - timedelta(days=3)).isoformat())],
        [("overdue", chance.choice(("true", "false")))],
        [("q", chance.choice(("STRASSE", "straße", "MILK", "file", "100%", "nowhere")))],
    ]
    chosen = chance.sample(offers, chance.randrange(1, 4))
    return [pair for offer in chosen for pair in offer]


@pytest.mark.parametrize("seed", range(12))
def test_filters_pass_what_plain_python_passes(ann: APIClient, seed: int) -> None:
    chance = random.Random(seed)
    tasks = stored_tasks(40, seed)
    for _ in range(8):
        query, ordering = a_query(chance), chance.choice(("-created_at", "updated_at", "due_date", "-due_date"))
        limit = chance.choice(("2", "5", "100"))
        today = datetime.now(UTC).date().isoformat()
        expected = ordered([task for task in tasks if passes(task, query, today)], ordering)
        found = list_ids(ann, urlencode([*query, ("ordering", ordering), ("limit", limit)]))
        assert same_order(found, expected, tasks, ordering.removeprefix("-")), (query, ordering)


def test_due_date_tail_is_a_second_query(ann: APIClient, calls: Wire) -> None:
    for due_date in ("2026-12-02", None, "2026-12-01"):
        ann.post(URL, {"title": "x", "due_date": due_date}, format="json")
    del calls[:]
    assert [task["due_date"] for task in ann.get(f"{URL}?ordering=due_date").json()] == [
        "2026-12-01",
        "2026-12-02",
        None,
    ]
    assert calls == ["Query"] * 2


def test_overdue_goes_by_the_users_own_day(ann: APIClient, calls: Wire) -> None:
    """Due yesterday in UTC is overdue there, and not yet where yesterday is still today."""
    now = datetime.now(UTC)
    west, east = ("Etc/GMT+12", -12), ("Etc/GMT-14", 14)
    ann.get("/api/v1/users")
    for zone, hours in (west, east):
        today = (now + timedelta(hours=hours)).date()
        ids = {
            day: ann.post(URL, {"title": "x", "due_date": day.isoformat()}, format="json").json()["id"]
            for day in (today - timedelta(days=1), today)
        }
        ann.put("/api/v1/users", {"time_zone": zone}, format="json")
        del calls[:]
        overdue = list_ids(ann, "overdue=true")
        assert calls == ["GetItem", "Query"]
        assert ids[today - timedelta(days=1)] in overdue
        assert ids[today] not in overdue
        assert ids[today] in list_ids(ann, "overdue=false")


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("status=done", "#/status/0"),
        ("status=", "#/status/0"),
        ("status=pending,done", "#/status/1"),
        ("priority=High", "#/priority/0"),
        ("&".join(["priority=low"] * 9), "#/priority"),
        ("category=" + "x" * 51, "#/category/0"),
        ("&".join(f"category={n}" for n in range(9)), "#/category"),
        ("due_before=2026-02-30", "#/due_before"),
        ("due_after=tomorrow", "#/due_after"),
        ("overdue=yes", "#/overdue"),
        ("overdue=", "#/overdue"),
        ("q=", "#/q"),
        ("q=" + "x" * 201, "#/q"),
        ("ordering=title", "#/ordering"),
        ("ordering=due_date,created_at", "#/ordering"),
        ("limit=1&limit=2", "#/limit"),
        ("overdue=true&overdue=false", "#/overdue"),
    ],
)
def test_parameter_that_is_not_valid_is_400(ann: APIClient, calls: Wire, query: str, pointer: str) -> None:
    response = ann.get(f"{URL}?{query}")
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (400, pointer)
    assert calls == []


@pytest.mark.parametrize(
    "query",
    [
        "due_after=9999-12-31",
        "due_before=0001-01-01",
        "due_after=2026-12-01&due_before=2026-12-02",
        "overdue=true&status=completed",
    ],
)
def test_filter_that_nothing_can_pass_asks_nobody(ann: APIClient, calls: Wire, query: str) -> None:
    ann.post(URL, {"title": "x", "due_date": "2026-12-01"}, format="json")
    del calls[:]
    assert ann.get(f"{URL}?{query}").json() == []
    assert "Query" not in calls


def cursor_of(client: APIClient, query: str) -> str:
    for _ in range(2):
        client.post(URL, {"title": "x"}, format="json")
    link = next_page(client.get(f"{URL}?limit=1&{query}")) or ""
    return link.partition("cursor=")[2].partition("&")[0]


def test_cursor_belongs_to_its_filter(ann: APIClient) -> None:
    cursor = cursor_of(ann, "status=pending&status=completed")
    assert ann.get(f"{URL}?status=completed&status=pending&cursor={cursor}").status_code == 200
    assert ann.get(f"{URL}?status=pending&cursor={cursor}").status_code == 400
    assert ann.get(f"{URL}?cursor={cursor}").status_code == 400
    assert ann.get(f"{URL}?status=pending&status=completed&ordering=updated_at&cursor={cursor}").status_code == 400


def test_cursor_of_a_day_ago_is_400(ann: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    cursor = cursor_of(ann, "")
    later = datetime.now(UTC).timestamp() + 24 * 3600 + 2
    monkeypatch.setattr("time.time", lambda: later)
    assert client_of(signed(id_claims(exp=int(later) + 60))).get(f"{URL}?cursor={cursor}").status_code == 400
