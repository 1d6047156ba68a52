"""The own profile: made on first use, one call afterwards."""

import json
from collections.abc import Iterator
from typing import Any
from unittest.mock import ANY

import boto3
import pytest
from rest_framework.test import APIClient

from tasks.accounts import identity
from tests.support.clients import client_of
from tests.support.table import Wire
from tests.support.tokens import ANN, REGION, access_claims, id_claims, signed

URL = "/api/v1/users"


def send(client: APIClient, method: str, body: dict[str, Any]) -> Any:
    """With the key k1."""
    headers = {"Idempotency-Key": "k1"}
    return client.generic(method, URL, json.dumps(body), content_type="application/json", headers=headers)


def put(client: APIClient, **values: Any) -> Any:
    return client.put(URL, values, format="json")


def test_first_use_makes_the_profile_from_the_token(ann: APIClient, calls: Wire) -> None:
    body = ann.get(URL).json()
    assert body.pop("created_at") == body.pop("updated_at")
    assert body == {"id": ANN, "email": "ann@example.com", "name": "Ann", "time_zone": "UTC"}
    assert calls == ["GetItem", "PutItem"]


def test_later_use_is_one_call(ann: APIClient, calls: Wire) -> None:
    first = ann.get(URL).json()
    del calls[:]
    assert ann.get(URL).json() == first
    assert calls == ["GetItem"]


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"name": "Ann Lee", "given_name": "Ann"}, "Ann Lee"),
        ({"name": "  ", "given_name": "Ann"}, "Ann"),
        ({"name": None}, "ann"),
        ({"name": "x" * 150}, "x" * 100),
    ],
)
def test_name_comes_from_the_best_claim(table: Any, claims: dict[str, Any], name: str) -> None:
    assert client_of(signed(id_claims(**claims))).get(URL).json()["name"] == name


def test_token_without_an_email_is_400(table: Any, calls: Wire) -> None:
    response = client_of(signed(id_claims(email=""))).get(URL)
    assert (response.status_code, response.json()["type"]) == (400, "urn:todo-api:problem:no-email")


def test_post_makes_the_profile_once(ann: APIClient, calls: Wire) -> None:
    response = ann.post(URL, {"time_zone": "Asia/Tokyo"}, format="json")
    assert (response.status_code, response.json()["time_zone"]) == (201, "Asia/Tokyo")
    assert ann.post(URL, {}, format="json").status_code == 409
    assert calls == ["PutItem", "PutItem"]


def test_put_changes_what_is_sent(ann: APIClient, calls: Wire) -> None:
    first = ann.get(URL).json()
    del calls[:]
    after = put(ann, time_zone="Europe/Rome").json()
    assert after == {**first, "time_zone": "Europe/Rome", "updated_at": after["updated_at"]}
    assert calls == ["UpdateItem"]


def test_put_before_first_use_makes_the_profile(ann: APIClient) -> None:
    response = put(ann, name="Annie")
    assert (response.status_code, response.json()["name"], response.json()["email"]) == (
        200,
        "Annie",
        "ann@example.com",
    )


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"name": None},
        {"name": ""},
        {"name": "\u200b"},
        {"name": "x" * 101},
        {"name": 7},
        {"email": "else@example.com"},
        {"id": "x"},
        {"time_zone": "Europe/Roma"},
        {"time_zone": "../etc/passwd"},
        {"time_zone": "localtime"},
        {"time_zone": None},
    ],
)
def test_put_of_what_is_not_valid_is_400(ann: APIClient, calls: Wire, values: dict[str, Any]) -> None:
    assert put(ann, **values).status_code == 400
    assert calls == []


@pytest.mark.parametrize(("method", "status"), [("POST", 201), ("PUT", 200)])
def test_keyed_write_happens_once(ann: APIClient, calls: Wire, method: str, status: int) -> None:
    if method == "PUT":
        ann.get(URL)
    first, again = (send(ann, method, {"name": "Annie"}) for _ in range(2))
    assert (first.status_code, first.json()["name"], again.content) == (status, "Annie", first.content)
    assert again["Idempotent-Replayed"] == "true"
    assert send(ann, method, {"name": "Other"}).status_code == 422
    assert ann.get(URL).json() == first.json()


def test_keyed_put_before_first_use_makes_the_profile(ann: APIClient) -> None:
    assert send(ann, "PUT", {"name": "Annie"}).json()["name"] == "Annie"


def test_keyed_post_of_a_profile_that_is_there_is_409(ann: APIClient) -> None:
    ann.get(URL)
    assert send(ann, "POST", {}).status_code == 409


def test_stored_profile_has_the_agreed_attributes(ann: APIClient, table: Any) -> None:
    ann.get(URL, headers={"X-Correlation-Id": "trace-2"})
    item = table.get_item(Key={"PK": f"USER#{ANN}", "SK": "PROFILE"})["Item"]
    times = {item.pop(name) for name in ("created_at", "updated_at")}
    assert len(times) == 1
    assert item == {
        "PK": f"USER#{ANN}",
        "SK": "PROFILE",
        "entity": "user",
        "version": 1,
        "email": "ann@example.com",
        "name": "Ann",
        "time_zone": "UTC",
        "correlation_id": "trace-2",
        "write_id": ANY,
    }


@pytest.fixture
def cognito(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """moto's Cognito instead of the key server's address."""
    monkeypatch.delenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER")
    identity.client.cache_clear()
    yield boto3.client("cognito-idp", region_name=REGION)
    identity.client.cache_clear()


def test_access_token_asks_cognito_for_the_email(table: Any, cognito: Any, calls: Wire) -> None:
    pool = cognito.create_user_pool(PoolName="p", UsernameAttributes=["email"])["UserPool"]["Id"]
    flows = ["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    app = cognito.create_user_pool_client(UserPoolId=pool, ClientName="c", ExplicitAuthFlows=flows)
    attributes = [{"Name": "email", "Value": "ann@example.com"}, {"Name": "given_name", "Value": "Annette"}]
    cognito.admin_create_user(UserPoolId=pool, Username="ann@example.com", UserAttributes=attributes)
    cognito.admin_set_user_password(UserPoolId=pool, Username="ann@example.com", Password="Pass-word-1", Permanent=True)
    answer = cognito.admin_initiate_auth(
        UserPoolId=pool,
        ClientId=app["UserPoolClient"]["ClientId"],
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "ann@example.com", "PASSWORD": "Pass-word-1"},
    )
    # Cognito knows its own token, the verifier ours: the attributes are asked for with the former.
    attributes_found = identity.attributes_by_access_token(answer["AuthenticationResult"]["AccessToken"])
    assert (attributes_found["email"], identity.name_in(attributes_found)) == ("ann@example.com", "Annette")


def test_access_token_that_cognito_refuses_is_401(table: Any, cognito: Any) -> None:
    assert client_of(signed(access_claims())).get(URL).status_code == 401


def test_access_token_reads_tasks_without_cognito(table: Any, calls: Wire) -> None:
    assert client_of(signed(access_claims())).get("/api/v1/tasks").json() == []
    assert calls == ["Query"]
