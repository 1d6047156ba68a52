"""A client of a deployed stage, whose user is created for a probe and erased afterwards."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import boto3
import requests

TIMEOUT_SECONDS = 30


class WrongResponse(Exception):  # noqa: N818  (the stage's fault, not an error here)
    """The stage sent a wrong response; the text names the request, and what was expected and received."""


def expect(what: str, found: object, expected: object) -> None:
    """Raises WrongResponse unless the two are equal."""
    if found != expected:
        raise WrongResponse(f"{what}: expected {expected!r}, got {found!r}")


class Client:
    """Sends requests to a stage, with the token if given."""

    def __init__(self, endpoint: str, token: str | None = None) -> None:
        self.endpoint = endpoint
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def call(
        self, method: str, path: str, status: int, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> requests.Response:
        """Sends a request. Raises WrongResponse if the response has another status."""
        response = requests.request(
            method,
            f"{self.endpoint}{path}",
            json=body,
            headers={**self.headers, **(headers or {})},
            timeout=TIMEOUT_SECONDS,
        )
        if response.status_code != status:
            raise WrongResponse(
                f"{method} {path}: expected status {status}, got {response.status_code}: {response.text[:300]}"
            )
        return response

    def json(self, method: str, path: str, status: int, body: Any = None, **headers: str) -> Any:
        """Sends a request and returns the response's JSON body."""
        response = self.call(method, path, status, body, {k.replace("_", "-"): v for k, v in headers.items()})
        try:
            return response.json()
        except ValueError:
            raise WrongResponse(f"{method} {path}: expected JSON, got {response.text[:300]!r}") from None


@contextmanager
def new_user(variables: Mapping[str, str]) -> Iterator[Client]:
    """A new, signed-in user of the stage's pool. Erases account and data at the end, even after an error."""
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
