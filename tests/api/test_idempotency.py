"""A write with an Idempotency-Key happens once, however often it is sent, and answers the same each time."""

import gzip
import json
import time
from typing import Any

import pytest
from rest_framework.test import APIClient

from tasks.models import keys
from tests.support.table import Wire, lost_answers
from tests.support.tokens import ANN

URL = "/api/v1/tasks"


def send(client: APIClient, method: str, path: str, body: Any = None, key: str | None = "k1", **headers: str) -> Any:
    sent = {"Idempotency-Key": key, **headers} if key is not None else headers
    content = b"" if body is None else json.dumps(body).encode()
    return client.generic(method, path, content, content_type="application/json", headers=sent)  # type: ignore[arg-type]


def new_task(client: APIClient, **values: Any) -> dict[str, Any]:
    task: dict[str, Any] = client.post(URL, {"title": "x", **values}, format="json").json()
    return task


def same(first: Any, second: Any) -> bool:
    """Whether the second is the first's replay."""
    assert "Idempotent-Replayed" not in first
    assert second["Idempotent-Replayed"] == "true"
    kept = ("Content-Type", "Location", "ETag")
    return (first.status_code, first.content, [first.get(name) for name in kept]) == (
        second.status_code,
        second.content,
        [second.get(name) for name in kept],
    )


def expire(table: Any, key: str, seconds: int) -> None:
    """Moves the key's expiry to so many seconds from now."""
    table.update_item(
        Key={"PK": f"USER#{ANN}", "SK": keys.idempotency_sk(key)},
        UpdateExpression="SET expires_at = :at",
        ExpressionAttributeValues={":at": int(time.time()) + seconds},
    )


def test_create_happens_once(ann: APIClient, calls: Wire) -> None:
    first = send(ann, "POST", URL, {"title": "x"})
    assert calls == ["TransactWriteItems"]
    again = send(ann, "POST", URL, {"title": "x"})
    assert calls == ["TransactWriteItems"] * 2
    assert first.status_code == 201
    assert same(first, again)
    assert [task["id"] for task in ann.get(URL).json()] == [first.json()["id"]]


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_update_happens_once(ann: APIClient, calls: Wire, method: str) -> None:
    task = new_task(ann)
    del calls[:]
    first = send(ann, method, f"{URL}/{task['id']}", {"status": "completed"})
    assert calls == ["BatchGetItem", "TransactWriteItems"]
    again = send(ann, method, f"{URL}/{task['id']}", {"status": "completed"})
    assert calls[2:] == ["BatchGetItem"]
    assert (first.status_code, first.json()["version"]) == (200, 2)
    assert same(first, again)
    assert ann.get(f"{URL}/{task['id']}").json() == first.json()


def test_delete_happens_once(ann: APIClient, calls: Wire) -> None:
    path = f"{URL}/{new_task(ann)['id']}"
    del calls[:]
    first, again = send(ann, "DELETE", path), send(ann, "DELETE", path)
    assert calls == ["BatchGetItem", "TransactWriteItems", "BatchGetItem"]
    assert (first.status_code, first.content) == (204, b"")
    assert same(first, again)
    assert ann.get(path).status_code == 404


def test_keyed_write_leaves_what_a_plain_one_does(ann: APIClient, table: Any) -> None:
    changes: list[dict[str, Any]] = [
        {"status": "in_progress"},
        {"status": "completed", "category": None},
        {"status": "completed"},
    ]
    traces = []
    for key in (None, "key-"):
        task = send(ann, "POST", URL, {"title": "x", "category": "y"}, key and f"{key}new").json()
        path = f"{URL}/{task['id']}"
        for number, change in enumerate(changes):
            assert send(ann, "PUT", path, change, key and f"{key}{number}").status_code == 200
        live = table.get_item(Key={"PK": f"USER#{ANN}", "SK": keys.task_sk(task["id"])})["Item"]
        assert send(ann, "DELETE", path, None, key and f"{key}delete").status_code == 204
        trace = table.get_item(Key={"PK": f"USER#{ANN}", "SK": keys.task_sk(task["id"])})["Item"]
        traces.append((set(live), live["version"], live["status"], set(trace), trace["version"]))
    assert traces[0] == traces[1]


def test_key_with_another_body_is_422(ann: APIClient) -> None:
    send(ann, "POST", URL, {"title": "x"})
    response = send(ann, "POST", URL, {"title": "y"})
    assert (response.status_code, response.json()["type"]) == (422, "urn:todo-api:problem:idempotency-key-reused")
    assert len(ann.get(URL).json()) == 1


def test_key_with_another_method_or_path_is_422(ann: APIClient) -> None:
    one, other = (f"{URL}/{new_task(ann)['id']}" for _ in range(2))
    assert send(ann, "PUT", one, {"title": "y"}).status_code == 200
    assert [
        send(ann, "PATCH", one, {"title": "y"}).status_code,
        send(ann, "PUT", other, {"title": "y"}).status_code,
        send(ann, "DELETE", one).status_code,
        send(ann, "POST", URL, {"title": "y"}).status_code,
    ] == [422] * 4


def test_key_is_its_users_own(ann: APIClient, bob: APIClient) -> None:
    first, other = (send(client, "POST", URL, {"title": "x"}) for client in (ann, bob))
    assert other.status_code == 201
    assert "Idempotent-Replayed" not in other
    assert first.json()["id"] != other.json()["id"]


def test_key_may_be_quoted_or_bare(ann: APIClient) -> None:
    first = send(ann, "POST", URL, {"title": "x"}, 'a"b')
    assert same(first, send(ann, "POST", URL, {"title": "x"}, r'"a\"b"'))


def test_same_body_packed_is_the_same_request(ann: APIClient) -> None:
    first = send(ann, "POST", URL, {"title": "x"})
    packed: Any = gzip.compress(json.dumps({"title": "x"}).encode())
    headers = {"Idempotency-Key": "k1", "Content-Encoding": "gzip"}
    assert same(first, ann.generic("POST", URL, packed, content_type="application/json", headers=headers))


@pytest.mark.parametrize("key", ["", " ", '""', '"a', '"a"b', "x" * 256, '"' + "x" * 256 + '"', "schlüssel", "a\x01b"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_key_that_is_none_is_400(ann: APIClient, calls: Wire, key: str, method: str) -> None:
    path = URL if method == "POST" else f"{URL}/01a20450-5f49-710c-aa4b-80ad2ea82045"
    response = send(ann, method, path, {"title": "x"}, key)
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (400, "#/Idempotency-Key")
    assert calls == []


def test_longest_key_protects(ann: APIClient) -> None:
    first, again = (send(ann, "POST", URL, {"title": "x"}, "x" * 255) for _ in range(2))
    assert same(first, again)


def test_refusals_are_not_kept(ann: APIClient, table: Any) -> None:
    task = new_task(ann)
    path = f"{URL}/{task['id']}"
    assert send(ann, "PUT", path, {"title": ""}).status_code == 400
    assert send(ann, "PUT", path, {"title": "y"}, **{"If-Match": '"7"'}).status_code == 412
    ann.delete(path)
    assert send(ann, "PUT", path, {"title": "y"}).status_code == 404
    assert "Item" not in table.get_item(Key={"PK": f"USER#{ANN}", "SK": keys.idempotency_sk("k1")})


@pytest.mark.parametrize(("seconds", "tasks"), [(2, 1), (-1, 2)])
def test_key_ends_by_our_own_clock(ann: APIClient, table: Any, seconds: int, tasks: int) -> None:
    """The record is still in the table: TTL deletes late."""
    send(ann, "POST", URL, {"title": "x"})
    expire(table, "k1", seconds)
    assert send(ann, "POST", URL, {"title": "x"}).status_code == 201
    assert len(ann.get(URL).json()) == tasks


def test_ended_key_may_belong_to_another_update(ann: APIClient, table: Any) -> None:
    path = f"{URL}/{new_task(ann)['id']}"
    send(ann, "PUT", path, {"title": "one"})
    expire(table, "k1", -1)
    response = send(ann, "PUT", path, {"title": "two"})
    assert (response.status_code, response.json()["title"]) == (200, "two")
    assert same(response, send(ann, "PUT", path, {"title": "two"}))


def test_kept_answer_is_no_item_of_a_list(ann: APIClient) -> None:
    send(ann, "POST", URL, {"title": "x"})
    assert len(ann.get(URL).json()) == 1


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize("times", [1, 3])
def test_keyed_write_whose_answer_was_lost_happens_once(ann: APIClient, method: str, times: int) -> None:
    """One loss is mended by the SDK's own retry; after three the client hears 503 and sends it again."""
    task = new_task(ann)
    path = URL if method == "POST" else f"{URL}/{task['id']}"
    body = None if method == "DELETE" else {"title": "y"}
    with lost_answers("TransactWriteItems", times):
        first = send(ann, method, path, body)
    assert first.status_code == 503 if times == 3 else first.status_code < 300
    again = send(ann, method, path, body)
    assert again["Idempotent-Replayed"] == "true"
    seen = [(each["title"], each["version"]) for each in ann.get(URL).json()]
    assert seen == {"POST": [("y", 1), ("x", 1)], "PUT": [("y", 2)], "DELETE": []}[method]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_plain_write_whose_answer_was_lost_counts_once(ann: APIClient, method: str) -> None:
    """The SDK sends it again; the write's own id tells that it got through."""
    task = new_task(ann)
    path = URL if method == "POST" else f"{URL}/{task['id']}"
    with lost_answers("PutItem" if method == "POST" else "UpdateItem", 1):
        response = send(ann, method, path, {"title": "y"}, key=None)
    assert response.status_code == {"POST": 201, "PUT": 200, "DELETE": 204}[method]
    seen = [(each["title"], each["version"]) for each in ann.get(URL).json()]
    assert seen == {"POST": [("y", 1), ("x", 1)], "PUT": [("y", 2)], "DELETE": []}[method]


def test_browser_gets_a_page_of_the_kept_answer(ann: APIClient) -> None:
    send(ann, "POST", URL, {"title": "x"})
    response = send(ann, "POST", URL, {"title": "x"}, Accept="text/html")
    assert (response.status_code, response["Idempotent-Replayed"]) == (201, "true")
    assert response["Content-Type"].startswith("text/html")
