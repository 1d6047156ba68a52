"""One task: create, read, change, delete, each with one call to the table."""

import re
import time
from typing import Any
from unittest.mock import ANY

import pytest
from rest_framework.test import APIClient

from tasks.models import keys
from tests.support.table import Wire
from tests.support.tokens import ANN

URL = "/api/v1/tasks"
INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z")


def created(client: APIClient, **values: Any) -> dict[str, Any]:
    response = client.post(URL, {"title": "Buy milk", **values}, format="json")
    assert response.status_code == 201, response.content
    body: dict[str, Any] = response.json()
    return body


def changed(client: APIClient, task: dict[str, Any], **values: Any) -> dict[str, Any]:
    response = client.put(f"{URL}/{task['id']}", values, format="json")
    assert response.status_code == 200, response.content
    body: dict[str, Any] = response.json()
    return body


def stored(table: Any, task: dict[str, Any]) -> dict[str, Any]:
    item: dict[str, Any] = table.get_item(Key={"PK": f"USER#{ANN}", "SK": f"TASK#{task['id']}"})["Item"]
    return item


def test_create_answers_the_task_with_its_defaults(ann: APIClient) -> None:
    task = created(ann)
    times = {name: task.pop(name) for name in ("created_at", "updated_at")}
    assert keys.is_task_id(task.pop("id"))
    assert all(map(INSTANT.fullmatch, times.values()))
    assert task == {
        "title": "Buy milk",
        "description": None,
        "status": "pending",
        "priority": "medium",
        "category": None,
        "due_date": None,
        "started_at": None,
        "completed_at": None,
        "version": 1,
    }


def test_create_names_the_tasks_address(ann: APIClient) -> None:
    response = ann.post(URL, {"title": "x"}, format="json")
    assert response["Location"] == f"{URL}/{response.json()['id']}"


def test_create_sends_one_call(ann: APIClient, calls: Wire) -> None:
    created(ann)
    assert calls == ["PutItem"]


@pytest.mark.parametrize(("status", "set_at_once"), [("completed", "completed_at"), ("in_progress", "started_at")])
def test_create_in_a_later_status_sets_its_time(ann: APIClient, status: str, set_at_once: str) -> None:
    task = created(ann, status=status)
    times = {name: task[name] for name in ("started_at", "completed_at")}
    assert times == {"started_at": None, "completed_at": None, set_at_once: task["created_at"]}


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", "${jndi:ldap://x}", "=cmd|' /C calc'!A0", "\"'`;--", "\u202eright to left", "  x  "],
)
def test_texts_are_kept_verbatim(ann: APIClient, text: str) -> None:
    task = created(ann, title=text, description=text, category=text)
    read = ann.get(f"{URL}/{task['id']}").json()
    assert [read["title"], read["description"], read["category"]] == [text] * 3


def test_read_answers_what_create_did(ann: APIClient, calls: Wire) -> None:
    task = created(ann, due_date="2028-02-29", category="home", priority="urgent")
    response = ann.get(f"{URL}/{task['id']}")
    assert (response.status_code, response.json()) == (200, task)
    assert calls == ["PutItem", "GetItem"]


def test_put_keeps_what_is_left_out(ann: APIClient, calls: Wire) -> None:
    task = created(ann, description="two litres", category="home")
    after = changed(ann, task, priority="high")
    assert after == {**task, "priority": "high", "version": 2, "updated_at": after["updated_at"]}
    assert calls == ["PutItem", "UpdateItem"]


def test_put_clears_what_is_null(ann: APIClient, table: Any) -> None:
    task = created(ann, description="two litres", category="home", due_date="2026-12-24")
    after = changed(ann, task, description=None, category=None, due_date=None)
    assert [after["description"], after["category"], after["due_date"]] == [None] * 3
    assert {"description", "category", "due_date"}.isdisjoint(stored(table, task))


def test_patch_is_as_put(ann: APIClient) -> None:
    task = created(ann, description="two litres")
    response = ann.patch(f"{URL}/{task['id']}", {"title": "Buy oats"}, format="json")
    assert (response.json()["title"], response.json()["description"]) == ("Buy oats", "two litres")


def test_a_write_that_changes_nothing_counts(ann: APIClient) -> None:
    task = created(ann)
    assert changed(ann, task, title=task["title"])["version"] == 2


def test_completed_at_is_the_entry_into_completed(ann: APIClient) -> None:
    task = created(ann)
    first = changed(ann, task, status="completed")
    again = changed(ann, task, status="completed")
    assert first["completed_at"] == first["updated_at"]
    assert again["completed_at"] == first["completed_at"]


def test_reopening_clears_completed_at_and_keeps_started_at(ann: APIClient) -> None:
    task = created(ann, status="in_progress")
    changed(ann, task, status="completed")
    reopened = changed(ann, task, status="in_progress")
    assert (reopened["completed_at"], reopened["started_at"]) == (None, task["started_at"])


def test_stored_item_has_the_agreed_attributes(ann: APIClient, table: Any) -> None:
    response = ann.post(URL, {"title": "x"}, format="json", headers={"X-Correlation-Id": "trace-1"})
    task = response.json()
    assert stored(table, task) == {
        "PK": f"USER#{ANN}",
        "SK": f"TASK#{task['id']}",
        "entity": "task",
        "version": 1,
        "title": "x",
        "status": "pending",
        "priority": "medium",
        "updated_at": task["updated_at"],
        "correlation_id": "trace-1",
        "write_id": ANY,
    }


def test_delete_takes_the_task_away(ann: APIClient, calls: Wire) -> None:
    task = created(ann)
    response = ann.delete(f"{URL}/{task['id']}")
    assert (response.status_code, response.content) == (204, b"")
    assert calls == ["PutItem", "UpdateItem"]
    assert ann.get(URL).json() == []


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_deleted_task_is_404(ann: APIClient, method: str) -> None:
    task = created(ann)
    ann.delete(f"{URL}/{task['id']}")
    response = ann.generic(method, f"{URL}/{task['id']}", '{"title": "x"}', content_type="application/json")
    assert response.status_code == 404


def test_delete_leaves_a_trace_without_texts(ann: APIClient, table: Any) -> None:
    task = created(ann, description="secret", category="home", status="completed")
    ann.delete(f"{URL}/{task['id']}")
    trace = stored(table, task)
    assert {"title", "description", "category"}.isdisjoint(trace)
    assert (trace["version"], trace["completed_at"]) == (2, task["completed_at"])
    assert trace["deleted_at"] == trace["updated_at"]
    assert 30 * 86400 - 60 < int(trace["expires_at"]) - time.time() <= 30 * 86400


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_somebody_elses_task_is_404(ann: APIClient, bob: APIClient, method: str) -> None:
    task = created(ann)
    response = bob.generic(method, f"{URL}/{task['id']}", '{"title": "mine"}', content_type="application/json")
    assert response.status_code == 404
    assert ann.get(f"{URL}/{task['id']}").json() == task


@pytest.mark.parametrize("task_id", ["a%23b", "nope", "%00", "x" * 2048, "0190a0a0-0000-4000-8000-000000000000"])
def test_id_that_is_none_of_ours_is_404_without_a_call(ann: APIClient, calls: Wire, task_id: str) -> None:
    response = ann.get(f"{URL}/{task_id}")
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")
    assert calls == []


def test_path_in_an_id_is_404(ann: APIClient) -> None:
    assert ann.get(f"{URL}/..%2fusers").status_code == 404
