"""The probes fail loudly against a server that answers wrongly."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from infra.deployment.probes.api import public_pages
from infra.deployment.probes.client import Client, WrongResponse, expect

VARIABLES = {"VERSION": "1", "ENVIRONMENT": "test"}


class Liar(BaseHTTPRequestHandler):
    """Says 200 and what `answers` holds for a path, whatever was asked."""

    answers: ClassVar[dict[str, object]] = {}

    def do_GET(self) -> None:
        body = json.dumps(self.answers.get(self.path, {})).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base class's name)
        """Nothing: the test's output is the tests'."""


@pytest.fixture
def endpoint() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Liar) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_another_version_is_a_wrong_answer(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Liar, "answers", {"/health": {"status": "ok", "version": "0", "environment": "test"}})
    with pytest.raises(WrongResponse, match=r"health: expected .*'version': '1'.* got .*'version': '0'"):
        public_pages(Client(endpoint), VARIABLES)


def test_answer_without_a_token_is_a_wrong_answer(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    health = {"status": "ok", "version": "1", "environment": "test"}
    monkeypatch.setattr(Liar, "answers", {"/health": health, "/openapi.json": {"openapi": "3.1.0"}})
    with pytest.raises(WrongResponse, match="GET /api/v1/tasks: expected status 401, got 200"):
        public_pages(Client(endpoint), VARIABLES)


def test_differing_figures_are_named() -> None:
    with pytest.raises(WrongResponse, match=r"completion rate: expected 0\.5, got 0\.4"):
        expect("completion rate", 0.4, 0.5)
