"""What the service before this one got wrong at its API, by the number of the list in docs/quality/defects.md."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from tasks import services
from tasks.models import WriteContext, keys
from tests.api.test_lists import list_ids
from tests.support.table import Wire
from tests.support.tokens import ANN

URL = "/api/v1/tasks"
USERS = "/api/v1/users"


def send(client: APIClient, method: str, path: str, body: Any, key: str | None = None) -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.generic(method, path, json.dumps(body), content_type="application/json", headers=headers)


def test_1_eight_posts_with_one_key_make_one_task_and_the_replay_is_the_task(ann: APIClient) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: send(ann, "POST", URL, {"title": "x"}, "k"), range(8)))
    (task,) = ann.get(URL).json()
    done = [answer for answer in answers if answer.status_code == 201]
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert all(answer.json() == task for answer in done)
    assert sum("Idempotent-Replayed" not in answer for answer in done) == 1
    assert send(ann, "POST", URL, {"title": "x"}, "k").json() == task


def test_1_key_of_a_post_on_a_put_is_refused_and_loses_no_update(ann: APIClient) -> None:
    task = send(ann, "POST", URL, {"title": "x"}, "k").json()
    path = f"{URL}/{task['id']}"
    assert send(ann, "PUT", path, {"title": "y"}, "k").status_code == 422
    assert send(ann, "PUT", path, {"title": "y"}, "another").json()["title"] == "y"


def test_1_key_over_255_characters_is_refused(ann: APIClient, calls: Wire) -> None:
    assert send(ann, "POST", URL, {"title": "x"}, "k" * 256).status_code == 400
    assert calls == []


def test_1_table_that_fails_makes_the_keyed_write_fail(ann: APIClient, throttled: None) -> None:
    assert send(ann, "POST", URL, {"title": "x"}, "k").status_code == 503


def test_2_tasks_of_one_instant_stay_apart(ann: APIClient) -> None:
    instant = datetime(2026, 11, 22, 12, tzinfo=UTC)
    made = {
        services.create_task(sub=ANN, values={"title": "x"}, context=WriteContext(now=instant, changed_at=instant)).id
        for _ in range(50)
    }
    assert set(list_ids(ann, "limit=7")) == made
    assert len(made) == 50


def test_3_completion_is_noted_and_null_clears(ann: APIClient) -> None:
    task = send(ann, "POST", URL, {"title": "x", "due_date": "2026-12-01", "category": "a"}).json()
    path = f"{URL}/{task['id']}"
    done = send(ann, "PUT", path, {"status": "completed", "due_date": None, "category": None}).json()
    assert (done["completed_at"], done["due_date"], done["category"]) == (done["updated_at"], None, None)


def test_3_indexes_follow_an_update(ann: APIClient) -> None:
    first, second = (send(ann, "POST", URL, {"title": "x", "due_date": f"2026-12-0{day}"}).json() for day in (1, 2))
    send(ann, "PUT", f"{URL}/{first['id']}", {"due_date": "2026-12-03"})
    assert list_ids(ann, "ordering=due_date") == [second["id"], first["id"]]
    assert list_ids(ann, "ordering=-updated_at") == [first["id"], second["id"]]


def test_4_list_goes_on_past_one_megabyte(ann: APIClient, table: Any) -> None:
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    with table.batch_writer() as batch:
        for number in range(1200):
            at = begin + timedelta(minutes=number)
            batch.put_item(
                {
                    "PK": keys.user_pk(ANN),
                    "SK": keys.task_sk(keys.new_task_id(at)),
                    "entity": "task",
                    "version": 1,
                    "title": "x",
                    "description": "d" * 1000,
                    "status": "pending",
                    "priority": "low",
                    "updated_at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                }
            )
    assert len(set(list_ids(ann, ""))) == 1200
    assert len(set(list_ids(ann, "priority=low&limit=100"))) == 1200


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", f"{URL}/0199f2a4-6c00-7c41-9d35-2f6f0c1f5a77", None, 404),
        ("DELETE", f"{URL}/0199f2a4-6c00-7c41-9d35-2f6f0c1f5a77", None, 404),
        ("PUT", USERS, {}, 400),
        ("PUT", USERS, {"name": None}, 400),
        ("GET", f"{URL}/a%23b", None, 404),
    ],
)
def test_5_what_was_500_says_what_is_wrong(
    ann: APIClient, method: str, path: str, body: dict[str, Any] | None, status: int
) -> None:
    assert send(ann, method, path, body).status_code == status
    assert ann.get(USERS).status_code == 200


def test_5_half_a_surrogate_pair_is_400(ann: APIClient) -> None:
    response = ann.generic("POST", URL, '{"title": "\\ud83d"}', content_type="application/json")
    assert response.status_code == 400


def test_7_no_environment_variable_lets_anybody_in(anonymous: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DEBUG", "DISABLE_AUTH", "AUTH_DISABLED", "LOCAL", "TESTING", "SKIP_AUTH", "ENVIRONMENT"):
        monkeypatch.setenv(name, "true")
    assert anonymous.get(URL).status_code == 401
