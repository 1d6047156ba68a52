"""Many commands in one request: each has its own result, its own key, and runs after the ones before it."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.support.table import Wire, lost_answers

URL = "/api/v1/tasks"
BATCH = f"{URL}/batch"


def send(client: APIClient, commands: Any, key: str | None = None) -> Any:
    return client.post(BATCH, {"commands": commands}, format="json", headers={"Idempotency-Key": key} if key else {})


def results(client: APIClient, commands: Any, key: str | None = None) -> list[dict[str, Any]]:
    response = send(client, commands, key)
    assert response.status_code == 200, response.content
    found: list[dict[str, Any]] = response.json()["results"]
    return found


def create(title: str = "x", **more: Any) -> dict[str, Any]:
    return {"action": "create", "task": {"title": title}, **more}


def test_commands_run_in_order_and_may_name_a_new_task(ann: APIClient, calls: Wire) -> None:
    found = results(
        ann,
        [
            create("a", ref="a"),
            create("b", ref="b"),
            {"action": "update", "ref": "a", "task": {"status": "completed"}},
            {"action": "delete", "ref": "b"},
        ],
    )
    assert [result["status"] for result in found] == [201, 201, 200, 204]
    assert ann.get(URL).json() == [found[2]["task"]]
    assert found[3] == {"status": 204, "task": None, "problem": None, "replayed": False}
    assert calls[:4] == ["PutItem", "PutItem", "UpdateItem", "UpdateItem"]


def test_failed_command_leaves_the_others_alone(ann: APIClient, bob: APIClient) -> None:
    foreign = bob.post(URL, {"title": "x"}, format="json").json()["id"]
    found = results(
        ann,
        [
            create(""),
            create("a", ref="a"),
            {"action": "update", "id": foreign, "task": {"title": "mine"}},
            {"action": "update", "ref": "a", "task": {"title": "y"}, "if_match": '"9"'},
            {"action": "delete", "id": "nope"},
            {"action": "update", "ref": "a", "task": {"title": "y"}, "if_match": '"1"'},
        ],
    )
    assert [result["status"] for result in found] == [400, 201, 404, 412, 404, 200]
    assert found[0]["problem"]["errors"][0]["pointer"] == "#/task/title"
    assert bob.get(f"{URL}/{foreign}").json()["title"] == "x"


def test_command_on_a_task_that_was_not_made_is_424(ann: APIClient) -> None:
    found = results(ann, [create("", ref="a"), {"action": "delete", "ref": "a"}])
    assert [result["status"] for result in found] == [400, 424]


@pytest.mark.parametrize(
    ("command", "pointer"),
    [
        ("text", "#"),
        ({}, "#/action"),
        ({"action": "burn"}, "#/action"),
        ({"action": "create"}, "#/task/title"),
        ({"action": "create", "task": {"title": "x"}, "id": "y"}, "#/id"),
        ({"action": "update", "task": {"title": "x"}}, "#/id"),
        ({"action": "update", "id": "x", "ref": "y", "task": {"title": "x"}}, "#/id"),
        ({"action": "update", "ref": "later", "task": {"title": "x"}}, "#/ref"),
        ({"action": "delete", "id": "x", "task": {}}, "#/task"),
        ({"action": "delete", "id": "x", "if_match": "1 2"}, "#/if_match"),
        ({"action": "delete", "id": "x", "idempotency_key": ""}, "#/idempotency_key"),
        ({"action": "create", "task": {"title": "x", "version": 3}}, "#/task/version"),
        ({"action": "create", "task": {"title": "x"}, "owner": "y"}, "#/owner"),
    ],
)
def test_command_that_is_not_valid_is_its_own_400(ann: APIClient, calls: Wire, command: Any, pointer: str) -> None:
    (found,) = results(ann, [command])
    assert (found["status"], found["problem"]["errors"][0]["pointer"]) == (400, pointer)
    assert calls == []


@pytest.mark.parametrize("commands", [[], [{}] * 101, {}, None, "x"])
def test_batch_that_is_none_is_400(ann: APIClient, calls: Wire, commands: Any) -> None:
    assert send(ann, commands).status_code == 400
    assert calls == []


def test_hundred_commands_are_taken(ann: APIClient) -> None:
    assert [result["status"] for result in results(ann, [create()] * 100)] == [201] * 100
    assert len(ann.get(URL).json()) == 100


def test_command_with_a_key_happens_once(ann: APIClient) -> None:
    commands = [create("a", ref="a", idempotency_key="k1"), create("b")]
    first, again = results(ann, commands), results(ann, commands)
    assert again[0] == {**first[0], "replayed": True}
    assert sorted(task["title"] for task in ann.get(URL).json()) == ["a", "b", "b"]


def test_key_of_a_command_with_another_command_is_422(ann: APIClient) -> None:
    results(ann, [create("a", idempotency_key="k1")])
    assert results(ann, [create("b", idempotency_key="k1")])[0]["status"] == 422


def test_batch_with_a_key_happens_once(ann: APIClient) -> None:
    commands = [create("a", ref="a"), create(""), {"action": "update", "ref": "a", "task": {"title": "b"}}]
    first, again = send(ann, commands, "k1"), send(ann, commands, "k1")
    assert first.content == again.content
    assert again["Idempotent-Replayed"] == "true"
    assert [(task["title"], task["version"]) for task in ann.get(URL).json()] == [("b", 2)]


def test_key_of_a_batch_with_another_batch_is_422(ann: APIClient) -> None:
    send(ann, [create("")], "k1")
    assert send(ann, [create("a")], "k1").status_code == 422
    assert ann.post(URL, {"title": "a"}, format="json", headers={"Idempotency-Key": "k1"}).status_code == 422
    assert ann.get(URL).json() == []


@pytest.mark.parametrize("operation", ["PutItem", "BatchGetItem"])
def test_batch_that_was_cut_off_goes_on(ann: APIClient, operation: str) -> None:
    """The table fails in the middle; sent again, what was done stays and what was not is done."""
    commands = [create("a", ref="a"), {"action": "update", "ref": "a", "task": {"title": "b"}}, create("c")]
    with lost_answers(operation, 3):
        send(ann, commands, "k1")
    results(ann, commands, "k1")
    assert sorted((task["title"], task["version"]) for task in ann.get(URL).json()) == [("b", 2), ("c", 1)]
