"""What is remembered between requests: the key set, how often it is asked for, and tokens that were verified."""

import time
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from django_cognito_jwt.validator import TokenError

from tests.support.tokens import (
    ANN,
    BOB,
    CLIENT_ID,
    KEY_ID,
    POOL_ID,
    REGION,
    KeyServer,
    id_claims,
    jwk,
    new_key,
    signed,
)
from todo_project.authentication import CognitoTokenValidator, PublicKeys
from todo_project.problems import Unavailable


@pytest.fixture
def server() -> Iterator[KeyServer]:
    server = KeyServer()
    yield server
    server.close()


class Patient(PublicKeys):
    """Waits no time between fetches."""

    PAUSE_SECONDS = 0.0


class Forgetful(Patient):
    """Takes every key for old."""

    KEEP_SECONDS = 0.0


def test_keys_are_fetched_once(server: KeyServer) -> None:
    keys = PublicKeys(server.url)
    assert [keys.find(KEY_ID) is not None for _ in range(5)] == [True] * 5
    assert server.requests == 1


def test_unknown_id_is_none_and_asked_for_at_most_once_in_30_s(server: KeyServer) -> None:
    keys = PublicKeys(server.url)
    assert [keys.find(f"other-{n}") for n in range(5)] == [None] * 5
    assert (server.requests, PublicKeys.PAUSE_SECONDS) == (1, 30.0)


def test_new_key_is_found_after_the_pause(server: KeyServer) -> None:
    keys = Patient(server.url)
    assert keys.find("key-2") is None
    server.keys.append(jwk(new_key(), "key-2"))
    assert keys.find("key-2") is not None


def test_withdrawn_key_is_forgotten(server: KeyServer) -> None:
    keys = Forgetful(server.url)
    assert keys.find(KEY_ID) is not None
    server.keys = [jwk(new_key(), "key-2")]
    assert keys.find(KEY_ID) is None


def test_outage_is_told_and_not_asked_again_at_once(server: KeyServer) -> None:
    server.status = 500
    keys = PublicKeys(server.url)
    for _ in range(3):
        with pytest.raises(Unavailable) as raised:
            keys.find(KEY_ID)
        assert 1 <= raised.value.wait <= 30
    assert server.requests == 1


def test_known_keys_outlive_an_outage(server: KeyServer) -> None:
    keys = Forgetful(server.url)
    keys.find(KEY_ID)
    server.status = 500
    assert keys.find(KEY_ID) is not None
    assert server.requests == 2


def test_recovery_ends_an_outage(server: KeyServer) -> None:
    server.status = 500
    keys = Patient(server.url)
    with pytest.raises(Unavailable):
        keys.find(KEY_ID)
    server.status = 200
    assert keys.find(KEY_ID) is not None


@pytest.mark.parametrize("entry", [{"kty": "RSA"}, "text", {"kid": "x", "kty": "RSA", "n": "!", "e": "AQAB"}])
def test_key_set_that_makes_no_sense_is_an_outage(server: KeyServer, entry: object) -> None:
    server.keys = [entry]  # type: ignore[list-item]
    with pytest.raises(Unavailable):
        PublicKeys(server.url).find(KEY_ID)


def test_server_that_is_gone_is_an_outage(server: KeyServer) -> None:
    server.close()
    with pytest.raises(Unavailable):
        PublicKeys(server.url).find(KEY_ID)


def test_keys_for_other_uses_are_left_out(server: KeyServer) -> None:
    server.keys = [{"kid": "ec", "kty": "EC"}, {**jwk(new_key(), "enc"), "use": "enc"}, *server.keys]
    keys = PublicKeys(server.url)
    assert [keys.find(key_id) is not None for key_id in ("ec", "enc", KEY_ID)] == [False, False, True]


def validator(keys: PublicKeys) -> CognitoTokenValidator:
    return CognitoTokenValidator(keys, REGION, POOL_ID, CLIENT_ID, ("id", "access"))


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tokens whose signature was looked at."""
    seen: list[str] = []
    decode = jwt.decode

    def noted(token: str, *arguments: Any, **options: Any) -> Any:
        seen.append(token)
        return decode(token, *arguments, **options)

    monkeypatch.setattr(jwt, "decode", noted)
    return seen


def test_token_is_verified_once(server: KeyServer, verified: list[str]) -> None:
    tokens = [signed(id_claims(sub)) for sub in (ANN, BOB)]
    one = validator(PublicKeys(server.url))
    assert [one.validate(token)["sub"] for token in tokens * 3] == [ANN, BOB] * 3
    assert verified == tokens


def test_token_that_was_verified_expires_to_the_second(server: KeyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    now = int(time.time())
    token = signed(id_claims(exp=now + 600))
    one = validator(PublicKeys(server.url))
    one.validate(token)
    monkeypatch.setattr(time, "time", lambda: now + 599.999)
    assert one.validate(token)["sub"] == ANN
    monkeypatch.setattr(time, "time", lambda: now + 600.0)
    with pytest.raises(TokenError, match="expired"):
        one.validate(token)


def test_token_that_was_verified_goes_with_its_key(server: KeyServer) -> None:
    one, token = validator(Forgetful(server.url)), signed(id_claims())
    one.validate(token)
    server.keys = [jwk(new_key(), KEY_ID)]
    with pytest.raises(TokenError, match="InvalidSignatureError"):
        one.validate(token)
    server.keys = []
    with pytest.raises(TokenError, match="unknown key"):
        one.validate(token)


def test_refused_token_is_refused_again(server: KeyServer, verified: list[str]) -> None:
    one, token = validator(PublicKeys(server.url)), signed(id_claims(), key=new_key())
    for _ in range(2):
        with pytest.raises(TokenError):
            one.validate(token)
    assert verified == [token] * 2


def test_claims_that_are_remembered_are_nobodys_to_change(server: KeyServer) -> None:
    claims: Any = validator(PublicKeys(server.url)).validate(signed(id_claims()))
    with pytest.raises(TypeError):
        claims["sub"] = BOB
