"""Erasing an account: nothing stays, nothing comes back, and what was cut off goes on."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from tasks.accounts import erasure, export_storage, identity, user_keys
from tasks.api import export
from tasks.insights import payloads
from tasks.models import Erasure, Insight, instants, keys
from tests.support.clients import client_of
from tests.support.patience import LONG
from tests.support.table import Wire, lost_answers
from tests.support.tokens import BOB, REGION, id_claims, signed

URL = "/api/v1/users"
TASKS = "/api/v1/tasks"
EMAIL = "ann@example.com"


@pytest.fixture
def cognito(table: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """moto's Cognito and S3 instead of the key server's address."""
    monkeypatch.delenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER")
    identity.client.cache_clear()
    export_storage._s3.cache_clear()
    boto3.client("s3", region_name=REGION).create_bucket(Bucket=settings.LAKE_BUCKET)
    cognito = boto3.client("cognito-idp", region_name=REGION)
    pool = cognito.create_user_pool(PoolName="p", UsernameAttributes=["email"])["UserPool"]["Id"]
    # Tokens are of the tests' own pool; the accounts to delete are in this one.
    settings.USER_POOL_ID = pool
    # An erasure that runs out of time answers 202, which one test asks for.
    settings.ERASURE_SECONDS = LONG
    yield cognito
    identity.client.cache_clear()
    export_storage._s3.cache_clear()


@pytest.fixture
def sub(cognito: Any) -> str:
    return identity.create_user(EMAIL, "Ann")[0]


@pytest.fixture
def ann(sub: str) -> APIClient:
    return client_of(signed(id_claims(sub)))


def items(table: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = table.scan()["Items"]
    return found


def fill(client: APIClient, sub: str, count: int = 3) -> None:
    """Profile, tasks, a trace, a keyed answer and published insights."""
    client.get(URL)
    for number in range(count):
        client.post(TASKS, {"title": f"Task {number}"}, format="json", headers={"Idempotency-Key": f"k{number}"})
    client.delete(f"{TASKS}/{client.get(TASKS).json()[0]['id']}")
    payload = payloads.compress(payloads.empty_body("mix"))
    Insight.publish(user_keys.user_key(sub), as_of="2026-11-22T12:00:00.000Z", payloads={"mix": payload})


def test_nothing_is_left_but_the_tombstone_and_the_receipt(
    ann: APIClient, sub: str, cognito: Any, table: Any, settings: Any
) -> None:
    fill(ann, sub)
    response = ann.delete(URL)
    assert (response.status_code, response.content) == (204, b"")
    tombstone, receipt = sorted(items(table), key=lambda item: str(item["entity"]), reverse=True)
    expires_at = int(tombstone.pop("expires_at"))
    assert tombstone == {"PK": f"USER#{sub}", "SK": "PROFILE", "entity": "tombstone"}
    assert timedelta(hours=1, minutes=59) < timedelta(seconds=expires_at - time.time()) <= timedelta(hours=2)
    assert (receipt["PK"], receipt["user_key"]) == ("ERASURES", user_keys.user_key(sub))
    assert cognito.list_users(UserPoolId=settings.USER_POOL_ID)["Users"] == []


def test_others_keep_what_is_theirs(ann: APIClient, sub: str, bob: APIClient) -> None:
    fill(ann, sub)
    fill(bob, BOB)
    ann.delete(URL)
    assert len(bob.get(TASKS).json()) == 2
    assert bob.get(URL).status_code == 200


def test_routes_see_an_empty_account_that_does_not_come_back(ann: APIClient, sub: str, table: Any) -> None:
    fill(ann, sub)
    task = ann.get(TASKS).json()[0]
    ann.delete(URL)
    assert ann.get(TASKS).json() == []
    changes = ann.get(f"{TASKS}/changes").json()
    assert (changes["changed"], changes["deleted"]) == ([], [])
    assert ann.get(f"{TASKS}/{task['id']}").status_code == 404
    assert ann.put(f"{TASKS}/{task['id']}", {"title": "y"}, format="json").status_code == 404
    assert ann.get("/api/v1/insights/mix").json()["as_of"] is None
    gone = [
        ann.get(URL),
        ann.post(URL, {}, format="json"),
        ann.put(URL, {"name": "Ann"}, format="json"),
        ann.post(URL, {}, format="json", headers={"Idempotency-Key": "p1"}),
        ann.put(URL, {"name": "Ann"}, format="json", headers={"Idempotency-Key": "p2"}),
        ann.get(f"{URL}/export"),
    ]
    assert [(answer.status_code, answer.json()["type"]) for answer in gone] == [
        (410, "urn:todo-api:problem:account-erased")
    ] * len(gone)
    assert len(items(table)) == 2


def test_repeat_is_204_and_keeps_the_first_receipt(ann: APIClient, sub: str, table: Any) -> None:
    fill(ann, sub)
    ann.delete(URL)
    before = items(table)
    assert ann.delete(URL, headers={"Idempotency-Key": "k1"}).status_code == 204
    assert items(table) == before


def test_erasure_of_a_user_without_anything_is_204(ann: APIClient) -> None:
    assert ann.delete(URL).status_code == 204


def test_malformed_key_erases_nothing(ann: APIClient, sub: str, calls: Wire) -> None:
    assert ann.delete(URL, headers={"Idempotency-Key": ""}).status_code == 400
    assert calls == []


def test_erasure_that_ran_out_of_time_goes_on(ann: APIClient, sub: str, table: Any, settings: Any) -> None:
    fill(ann, sub)
    settings.ERASURE_SECONDS = 0.0
    response = ann.delete(URL)
    assert (response.status_code, response.json()["status"], response["Retry-After"]) == (202, "erasing", "1")
    assert ann.get(URL).status_code == 410
    settings.ERASURE_SECONDS = LONG
    assert ann.delete(URL).status_code == 204
    assert len(items(table)) == 2


@pytest.mark.parametrize("operation", ["TransactWriteItems", "Query", "BatchWriteItem"])
def test_erasure_that_was_cut_off_is_finished_by_a_repeat(ann: APIClient, sub: str, table: Any, operation: str) -> None:
    fill(ann, sub)
    with lost_answers(operation, 3):
        assert ann.delete(URL).status_code == 503
    assert ann.delete(URL).status_code == 204
    assert len(items(table)) == 2


def test_thousands_of_tasks_go_too(ann: APIClient, sub: str, table: Any) -> None:
    with table.batch_writer() as batch:
        for number in range(3000):
            task_id = keys.new_task_id(instants.now() + timedelta(milliseconds=number))
            batch.put_item({"PK": keys.user_pk(sub), "SK": keys.task_sk(task_id), "entity": "task", "title": "x" * 500})
    assert ann.delete(URL).status_code == 204
    assert len(items(table)) == 2


def test_pass_sweeps_what_a_token_left_behind_until_none_is_good(ann: APIClient, sub: str, table: Any) -> None:
    ann.delete(URL)
    ann.post(TASKS, {"title": "late"}, format="json")
    now = instants.now()
    assert erasure.finish_all(now) == 1
    assert len(items(table)) == 2
    assert erasure.finish_all(now + timedelta(hours=2, seconds=1)) == 0
    (receipt,) = Erasure.listed()
    assert receipt.deleted_items == 1
    assert sub not in str(receipt.serialize())


def test_documents_of_an_export_go_too(ann: APIClient, sub: str, settings: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(export, "MAX_RESPONSE_BYTES", 10)
    assert ann.get(f"{URL}/export").status_code == 303
    s3 = boto3.client("s3", region_name=REGION)
    assert s3.list_objects_v2(Bucket=settings.LAKE_BUCKET)["KeyCount"] == 1
    ann.delete(URL)
    assert s3.list_objects_v2(Bucket=settings.LAKE_BUCKET)["KeyCount"] == 0


def test_export_has_everything(ann: APIClient, sub: str) -> None:
    fill(ann, sub)
    response = ann.get(f"{URL}/export")
    assert response["Content-Disposition"] == 'attachment; filename="todo-export.json"'
    assert response.json() == {
        "user": ann.get(URL).json(),
        "tasks": ann.get(TASKS).json(),
        "insights": {"mix": ann.get("/api/v1/insights/mix").json()},
    }


def test_export_over_the_limit_lies_behind_a_link(ann: APIClient, sub: str, table: Any, settings: Any) -> None:
    ann.get(URL)
    with table.batch_writer() as batch:
        for number in range(4200):
            now = instants.now() + timedelta(milliseconds=number)
            batch.put_item(
                {
                    "PK": keys.user_pk(sub),
                    "SK": keys.task_sk(keys.new_task_id(now)),
                    "entity": "task",
                    "version": 1,
                    "status": "pending",
                    "priority": "low",
                    "title": "x",
                    "description": "é" * 800,
                    "updated_at": instants.format_instant(now),
                }
            )
    response = ann.get(f"{URL}/export")
    assert (response.status_code, response.content) == (303, b"")
    place = response["Location"]
    assert "X-Amz-Expires=900" in place
    key = f"{place.partition('?')[0].partition('exports/')[1]}{place.partition('?')[0].partition('exports/')[2]}"
    stored = boto3.client("s3", region_name=REGION).get_object(Bucket=settings.LAKE_BUCKET, Key=key)
    assert stored["Body"].read().count(b'"title": "x"') == 4200


def restored(table: Any, before: list[dict[str, Any]]) -> None:
    """The table as it was, which is what point-in-time recovery gives back."""
    for item in items(table):
        table.delete_item(Key={"PK": item["PK"], "SK": item["SK"]})
    for item in before:
        table.put_item(Item=item)


def test_who_was_erased_is_erased_again_after_a_restore(ann: APIClient, sub: str, table: Any) -> None:
    other = identity.create_user("bob@example.com", "Bob")[0]
    bob = client_of(signed(id_claims(other)))
    fill(ann, sub)
    bob.post(TASKS, {"title": "Stays"}, format="json")
    before = items(table)
    assert ann.delete(URL).status_code == 204
    restored(table, before)
    call_command("finisherasures", "--restored")
    mine = {keys.user_pk(sub), f"INSIGHT#{user_keys.user_key(sub)}"}
    assert [item["entity"] for item in items(table) if item["PK"] in mine] == ["tombstone"]
    assert [erasure.user_key for erasure in Erasure.listed()] == [user_keys.user_key(sub)]
    assert [task["title"] for task in bob.get(TASKS).json()] == ["Stays"]


def test_nobody_is_erased_by_a_pool_that_knows_nobody(bob: APIClient, cognito: Any, table: Any) -> None:
    bob.post(TASKS, {"title": "Stays"}, format="json")
    with pytest.raises(CommandError, match="Is USER_POOL_ID the pool of this table"):
        call_command("finisherasures", "--restored")
    assert [task["title"] for task in bob.get(TASKS).json()] == ["Stays"]
