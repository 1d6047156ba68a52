"""Authentication with Cognito's tokens, verified in the app, whatever gateway is in front of it.

Builds on `django-cognito-jwt` and adds what it lacks: token_use, access tokens, required claims, malformed headers,
a cached key set and time-outs.
"""

import json
import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, cast

import jwt
import requests
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django_cognito_jwt import JSONWebTokenAuthentication
from django_cognito_jwt.validator import TokenError, TokenValidator
from jwt.utils import base64url_decode
from rest_framework.authentication import BaseAuthentication, CSRFCheck
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from todo_project.problems import Unavailable

MAX_TOKEN_LENGTH = 8 * 1024
CACHED_TOKENS = 1_000
VALID_SUB = re.compile(r"[0-9A-Za-z_-]{1,64}", re.ASCII)
REQUIRED_CLAIMS = ["exp", "iat", "iss", "sub", "token_use"]
ID, ACCESS = "id", "access"  # values of token_use
ANALYSTS = "analysts"
CHALLENGE = 'Bearer realm="todo-api"'


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller. `claims` are from the verified token; those of an access token have no e-mail."""

    sub: str
    claims: Mapping[str, Any]

    is_authenticated = True

    @property
    def is_analyst(self) -> bool:
        """Whether the token is from a member of the Cognito group `analysts`."""
        groups = self.claims.get("cognito:groups")
        return isinstance(groups, list) and ANALYSTS in groups


@dataclass(frozen=True, slots=True, eq=False)
class SigningKey:
    """A fetched key. Compares by identity: a refetched key is a different one."""

    public: RSAPublicKey


class PublicKeys:
    """A pool's signing keys, fetched when first needed, hourly, and for an unknown id at most every 30 s.

    While fetching fails, known keys stay valid and the pauses between attempts double up to 30 s.
    """

    TIMEOUT_SECONDS = (2, 3)
    KEEP_SECONDS = 3600.0
    PAUSE_SECONDS = 30.0

    def __init__(self, url: str) -> None:
        self.url = url
        self._keys: dict[str, SigningKey] = {}
        self._stale_at = 0.0
        self._next_try_at = 0.0
        self._failures = 0
        self._lock = threading.Lock()

    def find(self, key_id: str) -> SigningKey | None:
        """Returns the key with this id, or None. Raises Unavailable for an unknown id while fetching fails."""
        key = self._keys.get(key_id)
        if key is None or time.monotonic() >= self._stale_at:
            self._refresh(wait=key is None)
            key = self._keys.get(key_id)
        if key is None and self._failures:
            raise Unavailable("Tokens can't be verified at the moment.", wait=self._seconds_to_next_try())
        return key

    def _refresh(self, *, wait: bool) -> None:
        """Fetches the keys in one thread; others wait only if they need a new key."""
        if not self._lock.acquire(blocking=wait):
            return
        try:
            if time.monotonic() < self._next_try_at:
                return
            try:
                self._keys = self._fetch()
            except (requests.RequestException, jwt.PyJWTError, ValueError, KeyError, TypeError):
                self._failures += 1
                self._next_try_at = time.monotonic() + min(2.0**self._failures, self.PAUSE_SECONDS)
            else:
                self._failures = 0
                self._next_try_at = time.monotonic() + self.PAUSE_SECONDS
                self._stale_at = time.monotonic() + self.KEEP_SECONDS
        finally:
            self._lock.release()

    def _fetch(self) -> dict[str, SigningKey]:
        response = requests.get(self.url, timeout=self.TIMEOUT_SECONDS, allow_redirects=False)
        if response.status_code != HTTPStatus.OK:
            raise ValueError(f"the key set's URL responded with {response.status_code}")
        return {
            jwk["kid"]: SigningKey(jwt.PyJWK(jwk, algorithm="RS256").key)
            for jwk in response.json()["keys"]
            if jwk["kty"] == "RSA" and jwk.get("use", "sig") == "sig"
        }

    def _seconds_to_next_try(self) -> int:
        return max(1, round(self._next_try_at - time.monotonic()))


class CognitoTokenValidator(TokenValidator):  # type: ignore[misc]  # untyped library
    """Verifies a token of the configured pool and client, without leeway on its times.

    Verifies the signature once per token and key, and the expiry every time.
    """

    def __init__(self, keys: PublicKeys, region: str, pool_id: str, client_id: str, uses: tuple[str, ...]) -> None:
        super().__init__(region, pool_id, client_id)
        self.keys = keys
        self.uses = uses
        self._verified = lru_cache(maxsize=CACHED_TOKENS)(self._verify)

    def _get_public_key(self, token: str) -> SigningKey | None:
        # PyJWT's header reader would decode the whole token, which `decode` does below.
        header = json.loads(base64url_decode(token.partition(".")[0]))
        # Rejects other algorithms early, to avoid fetching the key set.
        if not isinstance(header, dict) or header.get("alg") != "RS256" or not isinstance(header.get("kid"), str):
            raise TokenError("header")
        return self.keys.find(header["kid"])

    def validate(self, token: str) -> Mapping[str, Any]:
        """Returns the verified claims. Raises TokenError for an invalid token, Unavailable without keys."""
        if len(token) > MAX_TOKEN_LENGTH:
            raise TokenError("too long")
        try:
            key = self._get_public_key(token)
            if key is None:
                raise TokenError("unknown key")
            claims = self._verified(token, key)
            if int(claims["exp"]) <= time.time():
                raise TokenError("expired")
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
            raise TokenError(type(error).__name__) from error
        return claims

    def _verify(self, token: str, key: SigningKey) -> Mapping[str, Any]:
        claims: dict[str, Any] = jwt.decode(
            token,
            key.public,
            algorithms=["RS256"],
            issuer=self.pool_url,
            options={"require": REQUIRED_CLAIMS, "verify_aud": False, "verify_iat": False},
        )
        self._check_use(claims)
        if not isinstance(claims["sub"], str) or not VALID_SUB.fullmatch(claims["sub"]):
            raise TokenError("sub")
        return MappingProxyType(claims)

    def _check_use(self, claims: Mapping[str, Any]) -> None:
        """Checks use and client; an ID token has its client in `aud`, an access token in `client_id`."""
        use = claims["token_use"]
        if use not in self.uses:
            raise TokenError("token_use")
        if claims.get("aud" if use == ID else "client_id") != self.audience:
            raise TokenError("client")


def caller(request: Request) -> Principal:
    """Returns the caller of a request that has passed IsSignedIn."""
    return cast("Principal", request.user)


@cache
def token_validator() -> CognitoTokenValidator:
    """Returns the process's validator, with its fetched keys."""
    keys = PublicKeys(f"{settings.COGNITO_ENDPOINT}/{settings.COGNITO_USER_POOL}/.well-known/jwks.json")
    return CognitoTokenValidator(
        keys,
        settings.COGNITO_AWS_REGION,
        settings.COGNITO_USER_POOL,
        settings.COGNITO_AUDIENCE,
        settings.ACCEPTED_TOKEN_USES,
    )


def principal_of(token: str) -> Principal:
    """Returns the caller identified by a token. Raises TokenError or Unavailable."""
    claims = token_validator().validate(token)
    return Principal(sub=claims["sub"], claims=claims)


class BearerAuthentication(JSONWebTokenAuthentication):  # type: ignore[misc]  # untyped library
    """`Authorization: Bearer <ID or access token>`. A header that is sent must be valid."""

    def authenticate(self, request: Request) -> tuple[Principal, str] | None:
        token = self.get_jwt_token(request)
        if token is None:
            return None
        try:
            return principal_of(token), token
        except TokenError as error:
            raise AuthenticationFailed("The token is invalid or has expired.") from error

    def get_jwt_token(self, request: Request) -> str | None:
        header: str | None = request.META.get("HTTP_AUTHORIZATION")
        if header is None:
            return None
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token or not token.isascii():
            raise AuthenticationFailed("The Authorization header must be: Bearer <token>.")
        return token

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 -- DRF's signature
        return CHALLENGE


class CookieAuthentication(BaseAuthentication):
    """The sign-in page's cookie, for the browsable API and the dashboard. Writes also need the CSRF token."""

    def authenticate(self, request: Request) -> tuple[Principal, str] | None:
        token = request.COOKIES.get(settings.TOKEN_COOKIE)
        if not token:
            return None
        try:
            principal = principal_of(token)
        except TokenError as error:
            raise AuthenticationFailed("You are no longer signed in.") from error
        enforce_csrf(request._request)
        return principal, token

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 -- DRF's signature
        return CHALLENGE


def enforce_csrf(request: HttpRequest) -> None:
    """Raises PermissionDenied for an unsafe request without a valid CSRF token."""
    check = CSRFCheck(lambda _: HttpResponse())
    check.process_request(request)
    if check.process_view(request, lambda _: HttpResponse(), (), {}):
        raise PermissionDenied("The CSRF token is missing or wrong.")


def signed_in(request: HttpRequest) -> Principal | None:
    """Returns the user signed in by the cookie, or None. Raises Unavailable."""
    token = request.COOKIES.get(settings.TOKEN_COOKIE)
    try:
        return principal_of(token) if token else None
    except TokenError:
        return None
