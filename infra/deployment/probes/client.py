"""A user of a deployed stage, made for a probe and erased after it."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import boto3
import requests

TIMEOUT_SECONDS = 30


class WrongAnswer(Exception):  # noqa: N818  (it is what the stage said, not what broke here)
    """The stage answered, but not what it should have; the text names the request and both answers."""


def expect(what: str, found: object, expected: object) -> None:
    """Raises WrongAnswer unless both are equal."""
    if found != expected:
        raise WrongAnswer(f"{what}: expected {expected!r}, got {found!r}")


class Client:
    """Sends requests to a stage, with the token if there is one."""

    def __init__(self, endpoint: str, token: str | None = None) -> None:
        self.endpoint = endpoint
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def call(
        self, method: str, path: str, status: int, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> requests.Response:
        """One request. Raises WrongAnswer when the status is another."""
        answer = requests.request(
            method,
            f"{self.endpoint}{path}",
            json=body,
            headers={**self.headers, **(headers or {})},
            timeout=TIMEOUT_SECONDS,
        )
        if answer.status_code != status:
            raise WrongAnswer(
                f"{method} {path}: expected status {status}, got {answer.status_code}: {answer.text[:300]}"
            )
        return answer

    def json(self, method: str, path: str, status: int, body: Any = None, **headers: str) -> Any:
        """The body of an answer, read as JSON."""
        answer = self.call(method, path, status, body, {k.replace("_", "-"): v for k, v in headers.items()})
        try:
            return answer.json()
        except ValueError:
            raise WrongAnswer(f"{method} {path}: expected JSON, got {answer.text[:300]!r}") from None


@contextmanager
def new_user(variables: Mapping[str, str]) -> Iterator[Client]:
    """A signed-in user of the stage's pool; account and data are erased at the end, whatever happened."""
    cognito = boto3.client("cognito-idp", region_name=variables["REGION"])
    pool = variables["USER_POOL_ID"]
    email, password = f"probe-{secrets.token_hex(8)}@example.com", f"Aa1!{secrets.token_urlsafe(24)}"
    attributes = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
    cognito.admin_create_user(
        UserPoolId=pool,
        Username=email,
        UserAttributes=attributes,  # type: ignore[arg-type]
        MessageAction="SUPPRESS",
    )
    cognito.admin_set_user_password(UserPoolId=pool, Username=email, Password=password, Permanent=True)
    signed_in = cognito.admin_initiate_auth(
        UserPoolId=pool,
        ClientId=variables["CLIENT_ID"],
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": email, "PASSWORD": password},
    )
    client = Client(variables["API_ENDPOINT"], signed_in["AuthenticationResult"]["IdToken"])
    try:
        expect("the profile's e-mail", client.json("GET", "/api/v1/users", 200)["email"], email)
        yield client
    finally:
        client.call("DELETE", "/api/v1/users", 204)
