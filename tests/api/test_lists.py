"""The list: newest first, page by page, one call each."""

import re
from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.support.table import Wire

URL = "/api/v1/tasks"


def create(client: APIClient, count: int) -> list[str]:
    """Ids of new tasks, oldest first."""
    return [client.post(URL, {"title": f"Task {n}"}, format="json").json()["id"] for n in range(count)]


def next_page(response: Any) -> str | None:
    found = re.fullmatch(r'<http://testserver(.*)>; rel="next"', response.headers.get("Link", ""))
    return found[1] if found else None


def list_ids(client: APIClient, query: str) -> list[str]:
    """Ids of the whole list, page after page."""
    seen: list[str] = []
    url: str | None = f"{URL}?{query}"
    while url:
        response = client.get(url)
        assert response.status_code == 200, response.content
        seen += [task["id"] for task in response.json()]
        url = next_page(response)
    return seen


def test_list_is_a_bare_array_newest_first(ann: APIClient, calls: Wire) -> None:
    ids = create(ann, 3)
    del calls[:]
    response = ann.get(URL)
    assert sorted(ids, reverse=True) == [task["id"] for task in response.json()]
    assert "Link" not in response
    assert calls == ["Query"]


def test_list_of_nothing_is_empty(ann: APIClient) -> None:
    assert ann.get(URL).json() == []


def test_list_holds_only_own_tasks(ann: APIClient, bob: APIClient) -> None:
    create(ann, 1)
    assert bob.get(URL).json() == []


def test_pages_together_hold_every_task_once(ann: APIClient, calls: Wire) -> None:
    ids = create(ann, 7)
    del calls[:]
    assert list_ids(ann, "limit=3") == sorted(ids, reverse=True)
    assert calls == ["Query"] * 3


def test_page_leaves_deleted_tasks_out(ann: APIClient, calls: Wire) -> None:
    ids = sorted(create(ann, 5), reverse=True)
    ann.delete(f"{URL}/{ids[0]}")
    ann.delete(f"{URL}/{ids[2]}")
    del calls[:]
    assert list_ids(ann, "limit=3") == [ids[1], ids[3], ids[4]]
    assert calls == ["Query"] * 2


def test_page_of_nothing_but_traces_goes_on_by_itself(ann: APIClient, calls: Wire) -> None:
    ids = sorted(create(ann, 8), reverse=True)
    for gone in ids[:6]:
        ann.delete(f"{URL}/{gone}")
    del calls[:]
    assert [task["id"] for task in ann.get(f"{URL}?limit=2").json()] == ids[6:]
    assert len(calls) <= 4


def test_limit_over_100_is_capped(ann: APIClient) -> None:
    create(ann, 101)
    assert len(ann.get(f"{URL}?limit=5000").json()) == 100


@pytest.mark.parametrize("limit", ["0", "-1", "1.5", "ten", "", "٣", "1e2"])
def test_limit_that_is_no_positive_number_is_400(ann: APIClient, calls: Wire, limit: str) -> None:
    response = ann.get(URL, {"limit": limit})
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (400, "#/limit")
    assert calls == []


def test_unknown_parameter_is_400_and_not_echoed(ann: APIClient, calls: Wire) -> None:
    response = ann.get(URL, {"colour": "red"})
    assert response.status_code == 400
    assert b"colour" not in response.content
    assert calls == []


def test_parameter_format_is_known(ann: APIClient) -> None:
    assert ann.get(URL, {"format": "json"}).json() == []


def cursor_of(client: APIClient) -> str:
    create(client, 2)
    link = next_page(client.get(f"{URL}?limit=1")) or ""
    return link.partition("cursor=")[2].partition("&")[0]


@pytest.mark.parametrize("cursor", ["x", "", "a:b:c", "%00", "é"])
def test_forged_cursor_is_400(ann: APIClient, calls: Wire, cursor: str) -> None:
    response = ann.get(URL, {"cursor": cursor})
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (400, "#/cursor")
    assert calls == []


def test_foreign_cursor_is_400(ann: APIClient, bob: APIClient) -> None:
    assert bob.get(f"{URL}?cursor={cursor_of(ann)}").status_code == 400


def test_cursor_goes_with_another_limit(ann: APIClient) -> None:
    cursor = cursor_of(ann)
    assert len(ann.get(f"{URL}?limit=50&cursor={cursor}").json()) == 1
