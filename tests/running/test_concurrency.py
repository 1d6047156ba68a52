"""Many clients at once, on several API processes and the emulator's table."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.support.running import ApiUser, RunningStack

THREADS = 64
WRITERS = 50
TASKS = "/api/v1/tasks"


def at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    """The results of as many threads, none of which begins before all are there."""
    barrier = threading.Barrier(count)

    def waiting(number: int) -> Any:
        barrier.wait(timeout=60)
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(waiting, range(count)))


def send(stack: RunningStack, user: ApiUser, method: str, path: str, body: Any = None, **headers: str) -> Any:
    """Over a connection of its own, so that any process of the API may get it; the time-out bounds the test."""
    headers = {"Authorization": f"Bearer {user.bearer}", "Connection": "close", **headers}
    return requests.request(method, stack.url(path), json=body, headers=headers, timeout=120)


@pytest.mark.parametrize("kind", ["create", "update", "delete"])
def test_one_key_in_many_hands_writes_once(stack: RunningStack, user: ApiUser, kind: str) -> None:
    task = send(stack, user, "POST", TASKS, {"title": "x"}).json()
    method, path, body = {
        "create": ("POST", TASKS, {"title": "y"}),
        "update": ("PUT", f"{TASKS}/{task['id']}", {"title": "y"}),
        "delete": ("DELETE", f"{TASKS}/{task['id']}", None),
    }[kind]
    headers = {"Idempotency-Key": "one"}
    answers = at_once(THREADS, lambda _: send(stack, user, method, path, body, **headers))
    counts = Counter(answer.status_code for answer in answers)
    success = {"create": 201, "update": 200, "delete": 204}[kind]
    assert set(counts) <= {success, 409}, counts
    assert counts[success] >= 1
    assert len({answer.content for answer in answers if answer.status_code == success}) == 1
    assert sum("Idempotent-Replayed" not in answer.headers for answer in answers if answer.status_code == success) <= 1
    left = sorted((each["title"], each["version"]) for each in send(stack, user, "GET", TASKS).json())
    assert left == {"create": [("x", 1), ("y", 1)], "update": [("y", 2)], "delete": []}[kind]
    again = send(stack, user, method, path, body, **headers)
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (success, "true")


def test_no_update_of_fifty_writers_is_lost(stack: RunningStack, user: ApiUser) -> None:
    """Each adds one to a number in the title, by the version it read."""
    path = f"{TASKS}/{send(stack, user, 'POST', TASKS, {'title': '0'}).json()['id']}"

    def add_one(_: int) -> int:
        for attempt in range(500):
            read = send(stack, user, "GET", path)
            title = str(int(read.json()["title"]) + 1)
            answer = send(stack, user, "PUT", path, {"title": title}, **{"If-Match": read.headers["ETag"]})
            if answer.status_code == 200:
                return attempt
            assert answer.status_code == 412, answer.text
        raise AssertionError("never got through")

    at_once(WRITERS, add_one)
    task = send(stack, user, "GET", path).json()
    assert (task["title"], task["version"]) == (str(WRITERS), WRITERS + 1)


def test_plain_writes_at_once_count_each(stack: RunningStack, user: ApiUser) -> None:
    path = f"{TASKS}/{send(stack, user, 'POST', TASKS, {'title': 'x'}).json()['id']}"
    answers = at_once(20, lambda number: send(stack, user, "PATCH", path, {"title": str(number)}))
    assert sorted(answer.json()["version"] for answer in answers) == list(range(2, 22))


def test_profile_of_many_first_uses_is_one(stack: RunningStack, user: ApiUser) -> None:
    answers = at_once(16, lambda _: send(stack, user, "GET", "/api/v1/users"))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
