"""Thousands of tasks: pages, a filter that lets none pass, and the way through all changes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from tasks.models import keys
from tests.api.test_lists import URL, next_page
from tests.support.table import Wire
from tests.support.tokens import ANN

COUNT = 4_000
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def ids(table: Any) -> list[str]:
    """Ids of the tasks in the table, oldest first."""
    made = [keys.new_task_id(BEGIN + timedelta(minutes=number)) for number in range(COUNT)]
    with table.batch_writer() as batch:
        for number, task_id in enumerate(made):
            updated = BEGIN + timedelta(minutes=number, seconds=30)
            batch.put_item(
                {
                    "PK": keys.user_pk(ANN),
                    "SK": keys.task_sk(task_id),
                    "entity": "task",
                    "version": 1,
                    "title": f"Task {number}",
                    "description": "d" * 500,
                    "status": "pending",
                    "priority": "medium",
                    "updated_at": updated.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                }
            )
    return made


@pytest.mark.slow
def test_pages_hold_every_untouched_task_once_while_others_are_written(ann: APIClient, ids: list[str]) -> None:
    touched = set(ids[::500])
    waiting = iter(sorted(touched))
    for ordering in ("-created_at", "-updated_at"):
        seen: list[str] = []
        url: str | None = f"{URL}?ordering={ordering}"
        while url:
            response = ann.get(url)
            seen += [task["id"] for task in response.json()]
            url = next_page(response)
            ann.post(URL, {"title": "new"}, format="json")
            ann.put(f"{URL}/{next(waiting, ids[0])}", {"priority": "low"}, format="json")
        untouched = [task_id for task_id in reversed(ids) if task_id not in touched]
        old = set(ids) - touched
        assert [task_id for task_id in seen if task_id in old] == untouched


def test_filter_that_lets_none_pass_comes_short_with_a_cursor(ann: APIClient, ids: list[str], calls: Wire) -> None:
    response = ann.get(f"{URL}?q=nothing&limit=10")
    assert (response.json(), calls) == ([], ["Query"] * 4)
    pages = 1
    while url := next_page(response):
        response, pages = ann.get(url), pages + 1
    assert response.json() == []
    assert len(calls) <= 4 * pages
    assert pages <= 4
