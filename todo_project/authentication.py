"""Who is calling: Cognito's tokens, verified in the app whatever stands in front of it.

`django-cognito-jwt` is the base; what it leaves open (token_use, access tokens, required claims, odd
headers, one fetch of the key set per request, no time-out) is closed here.
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
REMEMBERED_TOKENS = 1_000
SANE_SUB = re.compile(r"[0-9A-Za-z_-]{1,64}", re.ASCII)
REQUIRED_CLAIMS = ["exp", "iat", "iss", "sub", "token_use"]
ID, ACCESS = "id", "access"  # values of token_use
ANALYSTS = "analysts"
CHALLENGE = 'Bearer realm="todo-api"'


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller. `claims` are the verified token's; an access token has no e-mail among them."""

    sub: str
    claims: Mapping[str, Any]

    is_authenticated = True

    @property
    def is_analyst(self) -> bool:
        """Whether the token says that its bearer is in Cognito's group of analysts."""
        groups = self.claims.get("cognito:groups")
        return isinstance(groups, list) and ANALYSTS in groups


@dataclass(frozen=True, slots=True, eq=False)
class SigningKey:
    """A key as it was fetched; what is fetched anew is another."""

    public: RSAPublicKey


class PublicKeys:
    """A pool's signing keys, fetched when first needed, hourly, and for an unknown id at most every 30 s.

    While the key set can't be fetched, known keys stay good and the pauses between tries double up to 30 s.
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
        """The key with this id, or None. Raises Unavailable while that can't be known."""
        key = self._keys.get(key_id)
        if key is None or time.monotonic() >= self._stale_at:
            self._refresh(wait=key is None)
            key = self._keys.get(key_id)
        if key is None and self._failures:
            raise Unavailable("Tokens can't be verified now.", wait=self._seconds_to_next_try())
        return key

    def _refresh(self, *, wait: bool) -> None:
        """One thread fetches; those that need nothing new don't wait for it."""
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
        answer = requests.get(self.url, timeout=self.TIMEOUT_SECONDS, allow_redirects=False)
        if answer.status_code != HTTPStatus.OK:
            raise ValueError(f"the key set's address answered {answer.status_code}")
        return {
            jwk["kid"]: SigningKey(jwt.PyJWK(jwk, algorithm="RS256").key)
            for jwk in answer.json()["keys"]
            if jwk["kty"] == "RSA" and jwk.get("use", "sig") == "sig"
        }

    def _seconds_to_next_try(self) -> int:
        return max(1, round(self._next_try_at - time.monotonic()))


class CognitoTokenValidator(TokenValidator):  # type: ignore[misc]  # untyped library
    """Verifies a token of the configured pool and client, with no leeway on its times.

    What a token and a key say never changes, so it is worked out once; whether the token has expired, each time.
    """

    def __init__(self, keys: PublicKeys, region: str, pool_id: str, client_id: str, uses: tuple[str, ...]) -> None:
        super().__init__(region, pool_id, client_id)
        self.keys = keys
        self.uses = uses
        self._verified = lru_cache(maxsize=REMEMBERED_TOKENS)(self._verify)

    def _get_public_key(self, token: str) -> SigningKey | None:
        # PyJWT's own reader of headers decodes the whole token, which `decode` does below.
        header = json.loads(base64url_decode(token.partition(".")[0]))
        # Another algorithm can't pass below; refusing it here spares the key set a fetch.
        if not isinstance(header, dict) or header.get("alg") != "RS256" or not isinstance(header.get("kid"), str):
            raise TokenError("header")
        return self.keys.find(header["kid"])

    def validate(self, token: str) -> Mapping[str, Any]:
        """The verified claims. Raises TokenError for any token that isn't good, Unavailable without keys."""
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
        if not isinstance(claims["sub"], str) or not SANE_SUB.fullmatch(claims["sub"]):
            raise TokenError("sub")
        return MappingProxyType(claims)

    def _check_use(self, claims: Mapping[str, Any]) -> None:
        """An ID token names its client in `aud`, an access token in `client_id`."""
        use = claims["token_use"]
        if use not in self.uses:
            raise TokenError("token_use")
        if claims.get("aud" if use == ID else "client_id") != self.audience:
            raise TokenError("client")


def caller(request: Request) -> Principal:
    """Who sent a request that has passed IsSignedIn."""
    return cast("Principal", request.user)


@cache
def token_validator() -> CognitoTokenValidator:
    """The process's validator, with the keys it has fetched."""
    keys = PublicKeys(f"{settings.COGNITO_ENDPOINT}/{settings.COGNITO_USER_POOL}/.well-known/jwks.json")
    return CognitoTokenValidator(
        keys,
        settings.COGNITO_AWS_REGION,
        settings.COGNITO_USER_POOL,
        settings.COGNITO_AUDIENCE,
        settings.ACCEPTED_TOKEN_USES,
    )


def principal_of(token: str) -> Principal:
    """The caller a token stands for. Raises TokenError or Unavailable."""
    claims = token_validator().validate(token)
    return Principal(sub=claims["sub"], claims=claims)


class BearerAuthentication(JSONWebTokenAuthentication):  # type: ignore[misc]  # untyped library
    """`Authorization: Bearer <ID or access token>`; the header, once sent, must be good."""

    def authenticate(self, request: Request) -> tuple[Principal, str] | None:
        token = self.get_jwt_token(request)
        if token is None:
            return None
        try:
            return principal_of(token), token
        except TokenError as error:
            raise AuthenticationFailed("The token is not valid, or no longer.") from error

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
    """The sign-in page's cookie, for the browsable API and the dashboard; writes need the CSRF token too."""

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
    """Raises PermissionDenied for an unsafe request that another site may have made the browser send."""
    check = CSRFCheck(lambda _: HttpResponse())
    check.process_request(request)
    if check.process_view(request, lambda _: HttpResponse(), (), {}):
        raise PermissionDenied("The CSRF token is missing or wrong.")


def signed_in(request: HttpRequest) -> Principal | None:
    """The page's visitor, by the cookie. Raises Unavailable."""
    token = request.COOKIES.get(settings.TOKEN_COOKIE)
    try:
        return principal_of(token) if token else None
    except TokenError:
        return None
