"""A replica that follows the changes ends with the tasks that the service has."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from tasks import services
from tasks.exceptions import SyncTokenTooOld
from tasks.models import WriteContext, instants
from tasks.queries import sync
from tests.support.table import Wire
from tests.support.tokens import ANN

URL = "/api/v1/tasks"
CHANGES = f"{URL}/changes"


class Replica:
    """A client that keeps, of each task, the state with the highest version."""

    def __init__(self) -> None:
        self.held: dict[str, dict[str, Any]] = {}
        self.since: str | None = None

    def take(self, answer: dict[str, Any]) -> None:
        for state in [*answer["changed"], *answer["deleted"]]:
            if state["version"] >= self.held.get(state["id"], {"version": 0})["version"]:
                self.held[state["id"]] = state

    def follow(self, client: APIClient, limit: int = 3) -> None:
        """Asks until there is no more."""
        while True:
            query: dict[str, Any] = {"limit": limit} | ({"since": self.since} if self.since else {})
            answer = client.get(CHANGES, query).json()
            self.take(answer)
            self.since = answer["next"]
            if not answer["more"]:
                return

    @property
    def tasks(self) -> list[dict[str, Any]]:
        live = [state for state in self.held.values() if "title" in state]
        return sorted(live, key=lambda task: str(task["id"]), reverse=True)


def test_answer_has_changes_deletions_and_what_to_send_next(ann: APIClient, calls: Wire) -> None:
    kept, gone = (ann.post(URL, {"title": title}, format="json").json() for title in ("a", "b"))
    ann.delete(f"{URL}/{gone['id']}")
    del calls[:]
    answer = ann.get(CHANGES).json()
    assert calls == ["Query"]
    assert answer["changed"] == [kept]
    assert [(trace["id"], trace["version"]) for trace in answer["deleted"]] == [(gone["id"], 2)]
    assert set(answer["deleted"][0]) == {"id", "version", "deleted_at"}
    assert answer["more"] is False
    assert isinstance(answer["next"], str)


@pytest.mark.parametrize("seed", range(8))
def test_replica_converges_though_answers_are_lost_and_repeated(ann: APIClient, seed: int) -> None:
    chance = random.Random(seed)
    replica, answers = Replica(), []
    for _ in range(60):
        live = [task["id"] for task in ann.get(URL).json()]
        match chance.choice(("create", "create", "update", "delete", "ask", "repeat")):
            case "create":
                ann.post(URL, {"title": "x"}, format="json")
            case "update" if live:
                ann.put(f"{URL}/{chance.choice(live)}", {"title": f"y{chance.random()}"}, format="json")
            case "delete" if live:
                ann.delete(f"{URL}/{chance.choice(live)}")
            case "ask":
                answer = ann.get(CHANGES, {"limit": 2} | ({"since": replica.since} if replica.since else {})).json()
                answers.append(answer)
                if chance.random() < 0.6:  # the others are lost, with their token
                    replica.take(answer)
                    replica.since = answer["next"]
            case "repeat" if answers:
                replica.take(chance.choice(answers))
    replica.follow(ann)
    assert replica.tasks == ann.get(URL).json()


def test_write_by_a_clock_that_runs_behind_is_not_missed(ann: APIClient) -> None:
    replica = Replica()
    ann.post(URL, {"title": "x"}, format="json")
    replica.follow(ann)
    late = instants.now() - timedelta(minutes=4, seconds=50)
    services.create_task(sub=ANN, values={"title": "late"}, context=WriteContext(now=late, changed_at=late))
    replica.follow(ann)
    assert {task["title"] for task in replica.tasks} == {"x", "late"}


def test_write_behind_a_long_walk_is_not_missed(ann: APIClient) -> None:
    """The walk has passed a place of the index when a late write turns up there."""
    for _ in range(4):
        ann.post(URL, {"title": "x"}, format="json")
    first = sync.changes(ANN, token=sync.Token(None), size=2, now=instants.now())
    late = instants.now() - timedelta(minutes=4)
    services.create_task(sub=ANN, values={"title": "late"}, context=WriteContext(now=late, changed_at=late))
    hours_later = instants.now() + timedelta(hours=3)
    rest = sync.changes(ANN, token=first.token, size=10, now=hours_later)
    following = sync.changes(ANN, token=rest.token, size=10, now=hours_later)
    assert "late" in {task.title for task in following.tasks}


@pytest.mark.parametrize(("age", "known"), [(timedelta(days=30), True), (timedelta(days=30, milliseconds=1), False)])
@pytest.mark.parametrize("mid_walk", [False, True])
def test_token_is_good_as_long_as_traces_are_kept(table: Any, age: timedelta, known: bool, mid_walk: bool) -> None:
    now = instants.now()
    then = instants.format_instant(now - age)
    token = sync.Token(None, began=then) if mid_walk else sync.Token(then)
    if known:
        assert sync.changes(ANN, token=token, size=1, now=now).tasks == []
    else:
        with pytest.raises(SyncTokenTooOld):
            sync.changes(ANN, token=token, size=1, now=now)


def test_token_too_old_is_410(ann: APIClient, calls: Wire) -> None:
    old = sync.signed(sync.Token(instants.format_instant(datetime(2026, 1, 1, tzinfo=UTC))), ANN)
    response = ann.get(CHANGES, {"since": old})
    assert (response.status_code, response.json()["type"]) == (410, "urn:todo-api:problem:sync-token-too-old")
    assert calls == []


@pytest.mark.parametrize("since", ["x", "", "a:b:c", "é"])
def test_forged_token_is_400(ann: APIClient, calls: Wire, since: str) -> None:
    response = ann.get(CHANGES, {"since": since})
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (400, "#/since")
    assert calls == []


def test_foreign_token_is_400(ann: APIClient, bob: APIClient) -> None:
    assert bob.get(CHANGES, {"since": ann.get(CHANGES).json()["next"]}).status_code == 400


def test_changes_hold_only_own_tasks(ann: APIClient, bob: APIClient) -> None:
    ann.get("/api/v1/users")
    ann.post(URL, {"title": "x"}, format="json")
    answer = bob.get(CHANGES).json()
    assert (answer["changed"], answer["deleted"]) == ([], [])
