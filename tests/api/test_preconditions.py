"""ETag, If-Match and If-None-Match on a task."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.support.table import Wire

URL = "/api/v1/tasks"
CHANGES = [("PUT", "k"), ("PUT", None), ("PATCH", None), ("DELETE", None), ("DELETE", "k")]


@pytest.fixture
def path(ann: APIClient) -> str:
    return f"{URL}/{ann.post(URL, {'title': 'x'}, format='json').json()['id']}"


def change(client: APIClient, method: str, path: str, tags: str, key: str | None = None) -> Any:
    headers = {"If-Match": tags} | ({"Idempotency-Key": key} if key else {})
    return client.generic(method, path, '{"title": "y"}', content_type="application/json", headers=headers)


def test_every_answer_with_a_task_has_its_etag(ann: APIClient) -> None:
    created = ann.post(URL, {"title": "x"}, format="json")
    path = f"{URL}/{created.json()['id']}"
    answers = [created, ann.get(path), ann.put(path, {"title": "y"}, format="json"), ann.get(path)]
    assert [answer["ETag"] for answer in answers] == ['"1"', '"1"', '"2"', '"2"']


@pytest.mark.parametrize("tags", ['"1"', '"7", "1"', '"x","1"', "*", '  "1"', "1"])
@pytest.mark.parametrize(("method", "key"), CHANGES)
def test_current_etag_lets_the_change_through(ann: APIClient, path: str, method: str, key: str, tags: str) -> None:
    assert change(ann, method, path, tags, key).status_code == (204 if method == "DELETE" else 200)
    assert ann.get(path).status_code == (404 if method == "DELETE" else 200)


@pytest.mark.parametrize("tags", ['"2"', 'W/"1"', '"x"', '""', '"01"', '"99999999999999999999"', '"2", "3"'])
@pytest.mark.parametrize(("method", "key"), CHANGES)
def test_other_etag_is_412(ann: APIClient, path: str, method: str, key: str, tags: str) -> None:
    response = change(ann, method, path, tags, key)
    assert (response.status_code, response.json()["type"]) == (412, "urn:todo-api:problem:version-mismatch")
    assert ann.get(path).json()["version"] == 1


@pytest.mark.parametrize("tags", ['1"', "", '"1', '"1" "2"', '"a"b"', ", ".join(['"1"'] * 51)])
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_header_that_holds_no_etags_is_400(ann: APIClient, path: str, calls: Wire, method: str, tags: str) -> None:
    response = change(ann, method, path, tags)
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (400, "#/If-Match")
    assert calls == []


@pytest.mark.parametrize("tags", ['"1"', "*"])
@pytest.mark.parametrize(("method", "key"), CHANGES)
def test_task_that_is_gone_is_404(ann: APIClient, path: str, method: str, key: str, tags: str) -> None:
    ann.delete(path)
    assert change(ann, method, path, tags, key).status_code == 404


def test_precondition_costs_no_call(ann: APIClient, path: str, calls: Wire) -> None:
    change(ann, "PUT", path, '"1"')
    change(ann, "PUT", path, '"1"')
    assert calls == ["UpdateItem", "UpdateItem"]


@pytest.mark.parametrize("tags", ['"1"', 'W/"1"', '"0", "1"', "*"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_state_that_is_held_is_304(ann: APIClient, path: str, method: str, tags: str) -> None:
    response = ann.generic(method, path, headers={"If-None-Match": tags})
    assert (response.status_code, response.content, response["ETag"]) == (304, b"", '"1"')


@pytest.mark.parametrize("tags", ['"2"', '"x"'])
def test_state_that_is_not_held_is_200(ann: APIClient, path: str, tags: str) -> None:
    assert ann.get(path, headers={"If-None-Match": tags}).status_code == 200


def test_if_none_match_without_etags_is_400(ann: APIClient, path: str) -> None:
    assert ann.get(path, headers={"If-None-Match": "a b"}).status_code == 400


def test_two_who_read_the_same_dont_both_write(ann: APIClient, path: str) -> None:
    held = ann.get(path)["ETag"]
    assert [change(ann, "PUT", path, held).status_code for _ in range(2)] == [200, 412]


def test_patch_takes_merge_patch(ann: APIClient, path: str) -> None:
    body: Any = '{"category": "home"}'
    response = ann.generic("PATCH", path, body, content_type="application/merge-patch+json")
    assert (response.status_code, response.json()["category"]) == (200, "home")


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_merge_patch_is_of_patch_alone(ann: APIClient, path: str, method: str) -> None:
    target: Any = path if method == "PUT" else URL
    body: Any = '{"title": "y"}'
    assert ann.generic(method, target, body, content_type="application/merge-patch+json").status_code == 415
