"""The commands as an operator types them, on moto."""

from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import boto3
import jwt
import pytest
from django.core.management import CommandError, call_command

from tasks.accounts import identity
from tasks.accounts.profiles import own_profile
from tests.support.tokens import REGION

EMAIL, PASSWORD = "ann@example.com", "Pass-word-1"
HEADER = "timestamp,task,owner,status,priority,category,title\n"


@pytest.fixture(autouse=True)
def pool(table: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """moto's Cognito, with a client, instead of the key server's address."""
    monkeypatch.delenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER")
    identity.client.cache_clear()
    cognito = boto3.client("cognito-idp", region_name=REGION)
    settings.USER_POOL_ID = cognito.create_user_pool(PoolName="p", UsernameAttributes=["email"])["UserPool"]["Id"]
    app = cognito.create_user_pool_client(
        UserPoolId=settings.USER_POOL_ID, ClientName="c", ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    )
    settings.CLIENT_ID = app["UserPoolClient"]["ClientId"]
    yield
    identity.client.cache_clear()


def said(*arguments: str) -> tuple[str, str]:
    """What a command says on stdout and on stderr."""
    out, err = StringIO(), StringIO()
    call_command(*arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def claims_of(token: str) -> dict[str, Any]:
    return jwt.decode(token.strip(), options={"verify_signature": False})


def test_createuser_makes_user_and_profile() -> None:
    out, _ = said("createuser", EMAIL, "--name", "Ann Lee", "--password", PASSWORD, "--time-zone", "Europe/Rome")
    sub = identity.create_user(EMAIL, "again")[0]
    user = own_profile(sub)
    assert user is not None
    assert (user.email, user.name, user.time_zone) == (EMAIL, "Ann Lee", "Europe/Rome")
    assert f"Cognito user {EMAIL}: created, sub {sub}" in out
    assert "Profile: created" in out
    assert PASSWORD not in out


def test_createuser_again_says_what_was_there() -> None:
    said("createuser", EMAIL)
    out, _ = said("createuser", EMAIL, "--name", "Another")
    assert "already exists, sub" in out
    assert "Profile: already exists, unchanged" in out


def test_createuser_in_no_time_zone_is_refused() -> None:
    with pytest.raises(CommandError, match="IANA"):
        said("createuser", EMAIL, "--time-zone", "Europe/Roma")


def test_createuser_tells_what_cognito_refuses() -> None:
    with pytest.raises(CommandError, match="Password"):
        said("createuser", EMAIL, "--password", "short")


@pytest.mark.parametrize(("options", "use"), [([], "id"), (["--access"], "access")])
def test_token_prints_the_token_alone(options: list[str], use: str) -> None:
    said("createuser", EMAIL, "--password", PASSWORD)
    out, err = said("token", EMAIL, "--password", PASSWORD, *options)
    assert (claims_of(out)["token_use"], err) == (use, "")


def test_token_with_a_wrong_password_is_refused() -> None:
    said("createuser", EMAIL, "--password", PASSWORD)
    with pytest.raises(CommandError, match="E-mail or password is wrong"):
        said("token", EMAIL, "--password", "wrong")


def test_import_names_bad_rows_and_sums_up(tmp_path: Path) -> None:
    file = tmp_path / "history.csv"
    good = "2025-01-02T03:04:05Z,t-1,ada,pending,low,docs,Write it\n"
    file.write_text(HEADER + good + "oops\n" + good.replace("pending", "completed"))
    out, err = said("import_history", str(file), "--email-domain", "h.example")
    assert "2 rows applied, 0 already there, 1 bad" in out
    assert err.strip() == "line 3: there are 1 columns, not 7"
    assert (
        "0 rows applied, 2 already there, 1 bad" in said("import_history", str(file), "--email-domain", "h.example")[0]
    )


def test_import_of_no_history_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="can't be read"):
        said("import_history", str(tmp_path / "none.csv"))


def test_seed_can_be_run_again() -> None:
    options = ["seed_history", "--users", "1", "--days", "6"]
    first, _ = said(*options)
    second, _ = said(*options)
    count = int(first.split(" rows read")[0])
    assert count > 0
    assert f"{count} rows applied, 0 already there, 0 bad" in first
    assert "0 rows applied, " in second


def test_createuser_with_a_refused_password_leaves_nothing() -> None:
    with pytest.raises(CommandError, match=r"[Pp]assword"):
        said("createuser", EMAIL, "--password", "short")
    assert identity.create_user(EMAIL, "again")[1]


def test_token_without_cognito_says_how_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "http://127.0.0.1:9")
    identity.client.cache_clear()
    with pytest.raises(CommandError, match="make up"):
        said("token", EMAIL, "--password", PASSWORD)


def test_finisherasures_goes_on_with_what_is_listed() -> None:
    assert said("finisherasures")[0] == "Items deleted: 0.\n"
