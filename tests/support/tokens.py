"""A user pool of the tests' own: a signing key, tokens, and a loopback server that publishes the key set."""

import json
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

REGION = "us-east-1"
POOL_ID = "us-east-1_TestPool1"
CLIENT_ID = "test-client"
ISSUER = f"https://cognito-idp.{REGION}.amazonaws.com/{POOL_ID}"
KEY_ID = "key-1"

ANN = "a1a1a1a1-0000-4000-8000-000000000001"
BOB = "b2b2b2b2-0000-4000-8000-000000000002"


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


PRIVATE_KEY = new_key()


def jwk(key: rsa.RSAPrivateKey, key_id: str) -> dict[str, Any]:
    public: dict[str, Any] = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {**public, "kid": key_id, "alg": "RS256", "use": "sig"}


def id_claims(sub: str = ANN, **claims: Any) -> dict[str, Any]:
    now = int(time.time())
    name = {ANN: "Ann", BOB: "Bob"}.get(sub, "Somebody")
    return {
        "sub": sub,
        "iss": ISSUER,
        "aud": CLIENT_ID,
        "token_use": "id",
        "iat": now,
        "exp": now + 3600,
        "email": f"{name.lower()}@example.com",
        "name": name,
        **claims,
    }


def access_claims(sub: str = ANN, **claims: Any) -> dict[str, Any]:
    now = int(time.time())
    return {
        "sub": sub,
        "iss": ISSUER,
        "client_id": CLIENT_ID,
        "token_use": "access",
        "iat": now,
        "exp": now + 3600,
        "username": sub,
        **claims,
    }


def signed(
    claims: Mapping[str, Any],
    *,
    key: Any = PRIVATE_KEY,
    algorithm: str = "RS256",
    headers: Mapping[str, Any] | None = None,
) -> str:
    return jwt.encode(dict(claims), key, algorithm=algorithm, headers={"kid": KEY_ID, **(headers or {})})


class KeyServer:
    """Publishes a key set on the loopback; `requests` counts who asked, `status` and `keys` may be changed."""

    def __init__(self) -> None:
        self.keys = [jwk(PRIVATE_KEY, KEY_ID)]
        self.status = 200
        self.requests = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.requests += 1
                known = self.path == f"/{POOL_ID}/.well-known/jwks.json"
                body = json.dumps({"keys": outer.keys}).encode()
                self.send_response(outer.status if known else 404)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self.url = f"{self.address}/{POOL_ID}/.well-known/jwks.json"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
