"""Tokens: what is let in, and what is 401 without a call to AWS."""

import base64
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from rest_framework.test import APIClient

from tests.conftest import KEY_SERVER
from tests.support.clients import client_of
from tests.support.table import Wire
from tests.support.tokens import ANN, ISSUER, KEY_ID, PRIVATE_KEY, access_claims, id_claims, jwk, new_key, signed
from todo_project.authentication import token_validator

URL = "/api/v1/tasks"
OTHER_KEY = new_key()


@pytest.fixture(autouse=True)
def fresh_keys() -> Iterator[None]:
    token_validator.cache_clear()
    yield
    token_validator.cache_clear()


def encoded(part: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def with_header(**header: Any) -> str:
    """A token signed by the right key over a header of any content."""
    algorithm = jwt.get_algorithm_by_name("RS256")
    signing_input = f"{encoded({'alg': 'RS256', 'typ': 'JWT', **header})}.{encoded(id_claims())}"
    signature = algorithm.sign(signing_input.encode(), PRIVATE_KEY)
    return f"{signing_input}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def without(name: str) -> dict[str, Any]:
    claims = id_claims()
    del claims[name]
    return claims


def hs256_with_the_public_key() -> str:
    public = PRIVATE_KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    head = f"{encoded({'alg': 'HS256', 'kid': KEY_ID})}.{encoded(id_claims())}"
    signature = jwt.get_algorithm_by_name("HS256").sign(head.encode(), public)
    return f"{head}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def edited_payload() -> str:
    head, _, signature = signed(id_claims()).split(".")
    return f"{head}.{encoded(id_claims('someone-else'))}.{signature}"


BAD_TOKENS: dict[str, Callable[[], str]] = {
    "algorithm none": lambda: f"{encoded({'alg': 'none', 'kid': KEY_ID})}.{encoded(id_claims())}.",
    "HS256 with the public key": hs256_with_the_public_key,
    "algorithm other than the key's": lambda: signed(id_claims(), algorithm="RS512"),
    "PS256": lambda: signed(id_claims(), algorithm="PS256"),
    "another key": lambda: signed(id_claims(), key=OTHER_KEY),
    "edited payload": edited_payload,
    "cut signature": lambda: signed(id_claims())[:-20],
    "no signature": lambda: signed(id_claims()).rpartition(".")[0] + ".",
    "two parts": lambda: signed(id_claims()).rpartition(".")[0],
    "four parts": lambda: signed(id_claims()) + ".x",
    "over 8 KB": lambda: signed(id_claims(padding="x" * 9000)),
    "not base64": lambda: "a.b.c",
    "deep header": lambda: (
        base64.urlsafe_b64encode(b'{"alg":' + b"[" * 5000 + b"]" * 5000 + b"}").decode()[:8000] + ".e30.x"
    ),
    "expired by a second": lambda: signed(id_claims(exp=int(time.time()) - 1)),
    "not yet valid": lambda: signed(id_claims(nbf=int(time.time()) + 60)),
    "expiry is no number": lambda: signed(id_claims(exp="soon")),
    "expiry is endless": lambda: signed(id_claims(exp=float("inf"))),
    "another pool": lambda: signed(id_claims(iss=ISSUER + "2")),
    "issuer with a slash": lambda: signed(id_claims(iss=ISSUER + "/")),
    "issuer by http": lambda: signed(id_claims(iss=ISSUER.replace("https", "http"))),
    "another client, ID token": lambda: signed(id_claims(aud="other")),
    "another client, access token": lambda: signed(access_claims(client_id="other")),
    "audience is a list": lambda: signed(id_claims(aud=["test-client", "other"])),
    "access token with an audience only": lambda: signed(id_claims(token_use="access")),
    "token_use is missing": lambda: signed(without("token_use")),
    "token_use is refresh": lambda: signed(id_claims(token_use="refresh")),
    "token_use is a list": lambda: signed(id_claims(token_use=["id"])),
    "exp is missing": lambda: signed(without("exp")),
    "iat is missing": lambda: signed(without("iat")),
    "iss is missing": lambda: signed(without("iss")),
    "aud is missing": lambda: signed(without("aud")),
    "sub is missing": lambda: signed(without("sub")),
    "sub is empty": lambda: signed(id_claims(sub="")),
    "sub has a key's separator": lambda: signed(id_claims(sub="x#y")),
    "sub is long": lambda: signed(id_claims(sub="x" * 65)),
    "kid is missing": with_header,
    "kid is a number": lambda: with_header(kid=1),
    "kid is null": lambda: with_header(kid=None),
    "kid is a path": lambda: with_header(kid="../../etc/passwd"),
    "kid is unknown": lambda: with_header(kid="key-2"),
    "jku": lambda: signed(id_claims(), key=OTHER_KEY, headers={"jku": "http://127.0.0.1/keys", "kid": "k"}),
    "x5u": lambda: signed(id_claims(), key=OTHER_KEY, headers={"x5u": "http://127.0.0.1/cert", "kid": "k"}),
    "jwk": lambda: signed(id_claims(), key=OTHER_KEY, headers={"jwk": jwk(OTHER_KEY, "k"), "kid": "k"}),
    "critical header": lambda: with_header(kid=KEY_ID, crit=["exp"]),
    "detached payload": lambda: with_header(kid=KEY_ID, b64=False, crit=["b64"]),
}


@pytest.mark.parametrize("make", BAD_TOKENS.values(), ids=BAD_TOKENS.keys())
def test_bad_token_is_401_without_a_call(table: Any, calls: Wire, make: Callable[[], str]) -> None:
    response = client_of(make()).get(URL)
    assert response.status_code == 401, response.content
    assert response["Content-Type"] == "application/problem+json"
    assert response["WWW-Authenticate"].startswith("Bearer")
    assert calls == []


@pytest.mark.parametrize(
    "header", [None, "", "Basic dXNlcjpwYXNz", "Bearer", "Bearer ", "Bearer a b", "Bearer  x", "Bearér x", "x"]
)
def test_bad_header_is_401_without_a_call(anonymous: APIClient, calls: Wire, header: str | None) -> None:
    response = anonymous.get(URL, headers={} if header is None else {"Authorization": header})
    assert (response.status_code, response["WWW-Authenticate"]) == (401, 'Bearer realm="todo-api"')
    assert calls == []


@pytest.mark.parametrize("header", ["X-API-Gateway-Event", "X-User-Id", "X-Amzn-Oidc-Identity", "X-Forwarded-User"])
def test_gateway_header_impersonates_nobody(anonymous: APIClient, calls: Wire, header: str) -> None:
    event = json.dumps({"requestContext": {"authorizer": {"jwt": {"claims": {"sub": ANN}}}}})
    assert anonymous.get(URL, headers={header: event}).status_code == 401
    assert calls == []


@pytest.mark.parametrize("claims", [id_claims(), access_claims()], ids=["id", "access"])
def test_both_kinds_of_token_are_let_in(table: Any, claims: dict[str, Any]) -> None:
    assert client_of(signed(claims)).get(URL).status_code == 200


def test_scheme_is_read_in_any_case(anonymous: APIClient) -> None:
    assert anonymous.get(URL, HTTP_AUTHORIZATION=f"bEaReR {signed(id_claims())}").status_code == 200


def test_both_kinds_of_token_name_the_same_user(table: Any) -> None:
    task = client_of(signed(id_claims())).post(URL, {"title": "x"}, format="json").json()
    assert client_of(signed(access_claims())).get(f"{URL}/{task['id']}").json() == task


def test_unknown_key_ids_fetch_the_key_set_once(table: Any) -> None:
    KEY_SERVER.requests = 0
    for number in range(5):
        assert client_of(with_header(kid=f"unknown-{number}")).get(URL).status_code == 401
    assert client_of(signed(id_claims())).get(URL).status_code == 200
    assert KEY_SERVER.requests == 1


def test_key_set_outage_is_503_with_retry_after(table: Any, calls: Wire) -> None:
    KEY_SERVER.status = 500
    try:
        response = client_of(signed(id_claims())).get(URL)
    finally:
        KEY_SERVER.status = 200
    assert (response.status_code, response["Content-Type"]) == (503, "application/problem+json")
    assert int(response["Retry-After"]) >= 1
    assert calls == []
