"""Reads and writes of a task by many clients at once are as if they had come one after the other."""

import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.linearizability import Operation, verdicts
from tests.running.test_concurrency import TASKS, send
from tests.support.running import ApiUser, RunningStack

CLIENTS = 8
ROUNDS = 40
KINDS = ("read", "read", "update", "update", "update", "delete")
METHODS = {"read": "GET", "update": "PUT", "delete": "DELETE"}


class Client:
    """One client, which remembers the newest version it has seen of each task and often asks for that one."""

    def __init__(self, stack: RunningStack, user: ApiUser, number: int, tasks: list[str]) -> None:
        self.stack, self.user, self.number, self.tasks = stack, user, number, tasks
        self.random = random.Random(number)
        self.seen = dict.fromkeys(tasks, 1)

    def history(self) -> list[Operation]:
        return [self._operate(turn) for turn in range(ROUNDS)]

    def _operate(self, turn: int) -> Operation:
        # A deleted task answers little: one may be deleted after a quarter of the rounds, one after half, one stays.
        task = self.random.choice(self.tasks)
        early = (self.tasks.index(task) + 1) * ROUNDS // len(self.tasks) > turn
        kind = self.random.choice(KINDS[:-1] if early else KINDS)
        title = f"{self.number}-{turn}" if kind == "update" else ""
        match = self.seen[task] if kind != "read" and self.random.random() < 0.5 else 0
        headers = {"If-Match": f'"{match}"'} if match else {}
        body = {"title": title} if title else None
        called = time.monotonic_ns()
        answer = send(self.stack, self.user, METHODS[kind], f"{TASKS}/{task}", body, **headers)
        returned = time.monotonic_ns()
        found = answer.json() if answer.status_code == 200 else {}
        self.seen[task] = found.get("version", self.seen[task])
        return Operation(
            task, self.number, kind, called, returned, answer.status_code, found.get("version", 0),
            found.get("title", ""), title, match,
        )  # fmt: skip


def test_concurrent_requests_are_linearizable(stack: RunningStack, user: ApiUser) -> None:
    tasks = [str(send(stack, user, "POST", TASKS, {"title": "new"}).json()["id"]) for _ in range(4)]
    clients = [Client(stack, user, number, tasks) for number in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        history = [operation for part in pool.map(Client.history, clients) for operation in part]
    assert verdicts(history) == dict.fromkeys(tasks, "Ok")
    seen = Counter((operation.kind, operation.status) for operation in history)
    # Porcupine has judged every answer; that what was to be tried did happen is for this test to say.
    assert {("read", 200), ("read", 404), ("update", 200), ("update", 412), ("delete", 204)} <= set(seen)
    written = Counter((o.task, o.version) for o in history if (o.kind, o.status) == ("update", 200))
    assert set(written.values()) == {1}


def read(at: int, until: int, version: int, title: str) -> Operation:
    return Operation("t", 1, "read", at, until, 200, version, title)


def update(at: int, until: int, version: int, title: str, match: int = 0) -> Operation:
    return Operation("t", 2, "update", at, until, 200, version, title, title, match)


@pytest.mark.parametrize(
    ("history", "verdict"),
    [
        ([update(0, 9, 2, "a"), read(1, 2, 1, "new"), read(3, 4, 2, "a")], "Ok"),
        ([update(0, 1, 2, "a"), read(2, 3, 1, "new")], "Illegal"),
        ([update(0, 9, 2, "a"), read(1, 2, 2, "a"), read(3, 4, 1, "new")], "Illegal"),
        ([update(0, 5, 2, "a"), update(1, 6, 2, "b")], "Illegal"),
        ([update(0, 1, 2, "a"), update(2, 3, 3, "b", match=1)], "Illegal"),
        ([Operation("t", 1, "delete", 0, 1, 204), update(2, 3, 3, "a")], "Illegal"),
        ([update(0, 1, 2, "a"), read(2, 3, 2, "b")], "Illegal"),
        ([update(0, 1, 2, "a"), Operation("t", 1, "update", 2, 3, 412, title="b", match=2)], "Illegal"),
    ],
    ids=[
        "a read during a write sees either", "a stale read", "reads that go back", "a lost update",
        "an update of an old version", "an update after the delete", "a title nobody wrote", "a refusal without reason",
    ],
)  # fmt: skip
def test_checker_tells_good_histories_from_broken_ones(history: list[Operation], verdict: str) -> None:
    assert verdicts(history) == {"t": verdict}
