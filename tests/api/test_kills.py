"""A process killed at any call to the table, before or after it happened: the request sent again happens once."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from rest_framework.test import APIClient

from tasks.models import Item
from tests.support.table import Wire, carry_out

URL = "/api/v1/tasks"
PROFILE = "/api/v1/users"


class KilledError(BaseException):
    """What no handler of exceptions catches, as a kill is caught by none."""


@contextmanager
def killed_at(number: int, *, done: bool) -> Iterator[None]:
    """The process ends at its call of this number, counted from 1: before it is sent, or once it is done."""
    events = Item._get_connection().connection.client.meta.events
    left = [number]

    def kill(request: Any, event_name: str, **_: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            if done:
                carry_out(request, event_name)
            raise KilledError

    handler: Callable[..., Any] = kill
    events.register_first("before-send.dynamodb", handler)
    try:
        yield
    finally:
        events.unregister("before-send.dynamodb", handler)


def send(client: APIClient, method: str, path: str, body: Any) -> Any:
    content: Any = b"" if body is None else json.dumps(body).encode()
    headers = {"Idempotency-Key": "k1"}
    return client.generic(method, path, content, content_type="application/json", headers=headers)


BATCH = {
    "commands": [
        {"action": "create", "ref": "a", "task": {"title": "a"}},
        {"action": "update", "ref": "a", "task": {"title": "b"}},
        {"action": "create", "task": {"title": "c"}},
        {"action": "delete", "ref": "a"},
    ]
}
# What is sent, and what is there afterwards: titles and versions.
WRITES: dict[str, tuple[str, str, Any, list[tuple[str, int]]]] = {
    "create": ("POST", URL, {"title": "y"}, [("x", 1), ("y", 1)]),
    "update": ("PUT", "task", {"title": "y"}, [("y", 2)]),
    "patch": ("PATCH", "task", {"title": "y"}, [("y", 2)]),
    "delete": ("DELETE", "task", None, []),
    "batch": ("POST", f"{URL}/batch", BATCH, [("c", 1), ("x", 1)]),
}


@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("name", WRITES)
def test_write_happens_once_wherever_the_process_dies(ann: APIClient, calls: Wire, name: str, done: bool) -> None:
    method, place, body, expected = WRITES[name]
    number = 0
    while True:
        for task in ann.get(URL).json():
            ann.delete(f"{URL}/{task['id']}")
        task = ann.post(URL, {"title": "x"}, format="json").json()
        path = f"{URL}/{task['id']}" if place == "task" else place
        number += 1
        try:
            with killed_at(number, done=done):
                send(ann, method, path, body)
        except KilledError:
            again = send(ann, method, path, body)
        else:
            break
        assert again.status_code < 300, again.content
        if name == "batch":
            assert [result["status"] for result in again.json()["results"]] == [201, 200, 201, 204]
        left = sorted((task["title"], task["version"]) for task in ann.get(URL).json())
        assert left == expected, f"killed at call {number}"
        assert send(ann, method, path, body).content == again.content
        forget_the_key(ann)
    assert number > (1 if name == "create" else 2)


def forget_the_key(client: APIClient) -> None:
    """So that the next round begins without it."""
    for item in Item.scan():
        if item.SK.startswith("IDEMPOTENCY#"):
            item.delete()


@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_profile_is_written_once_wherever_the_process_dies(ann: APIClient, method: str, done: bool) -> None:
    with pytest.raises(KilledError), killed_at(1, done=done):
        send(ann, method, PROFILE, {"name": "Annie"})
    assert send(ann, method, PROFILE, {"name": "Annie"}).json()["name"] == "Annie"
    assert ann.get(PROFILE).json()["name"] == "Annie"
