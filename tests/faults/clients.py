"""People who use the API: each has a token, knows some tasks, and may keep a replica of all of them."""

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID

from django.core.handlers.wsgi import WSGIHandler

from tests.faults.clock import Clock
from tests.support.tokens import id_claims, signed

TASKS = "/api/v1/tasks"
USERS = "/api/v1/users"
TOKEN_SECONDS = 3600
UNKNOWN_TASK = "01900000-0000-7000-8000-000000000000"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None

    @property
    def is_replay(self) -> bool:
        return self.headers.get("Idempotent-Replayed") == "true"

    @property
    def succeeded(self) -> bool:
        return 200 <= self.status < 300


@cache
def application() -> WSGIHandler:
    return WSGIHandler()


@dataclass
class Client:
    """One user. tasks: the ids of the user's tasks in the order of their making, each with the version last heard of.

    replica: what the user's offline client holds, by id; erased: since when the account is.
    """

    number: int
    clock: Clock
    tasks: dict[str, int] = field(default_factory=dict)
    replica: dict[str, Any] = field(default_factory=dict)
    sync_token: str | None = None
    erased_at: float | None = None
    _token: tuple[float, str] = (float("-inf"), "")

    @property
    def sub(self) -> str:
        return str(UUID(int=0xA0000000000040008000000000000000 + self.number))

    @property
    def name(self) -> str:
        return f"Person-{self.number} Surname"

    @property
    def email(self) -> str:
        return f"person-{self.number}@example.com"

    def task(self, slot: int) -> str:
        """The id of one of the user's tasks; of none, if there is none."""
        known = list(self.tasks)
        return known[slot % len(known)] if known else UNKNOWN_TASK

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        content = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        path, _, query = path.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "SERVER_PROTOCOL": "HTTP/1.1",
            "SERVER_NAME": "testserver", "SERVER_PORT": "443", "wsgi.url_scheme": "https",
            "wsgi.input": io.BytesIO(content), "wsgi.errors": io.StringIO(), "wsgi.version": (1, 0),
            "wsgi.multithread": False, "wsgi.multiprocess": False, "wsgi.run_once": False,
            "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(content)),
            "HTTP_AUTHORIZATION": f"Bearer {self.token()}",
            **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()},
        }  # fmt: skip
        answered: list[Any] = []

        def start(status: str, given: list[tuple[str, str]], *_: Any) -> Callable[[bytes], object]:
            answered.extend((status, given))
            return answered.append  # WSGI's old way to write, which nothing here uses

        parts = application()(environ, start)
        return Answer(int(answered[0][:3]), dict(answered[1]), b"".join(parts))

    def token(self) -> str:
        """A token of the pool; Cognito gives no new one to whoever it has deleted."""
        made, token = self._token
        if self.clock.now - made > TOKEN_SECONDS - 300 and (self.erased_at is None or not token):
            made, token = self.clock.now, signed(self._claims())
            self._token = made, token
        return token

    def _claims(self) -> dict[str, Any]:
        # Minted by Cognito, whose clock is right, some minutes ago.
        now = int(self.clock.now)
        times = {"iat": now - 60, "exp": now + TOKEN_SECONDS}
        return id_claims(self.sub, email=self.email, name=self.name, **times)
