"""A loopback server with the real templates, static files and security headers, and answers a test chooses.

It stands in for everything behind the insights API, so that a page can be shown states that are hard to bring about;
test_contract.py compares its answers with the API's own.
"""

import json
import mimetypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.test import RequestFactory

from tests.browser.answers import Answer, Answers, narrowed
from todo_project.middleware import SECURITY_HEADERS

PAGES = {"/dashboard": "tasks/dashboard.html", "/login": "tasks/login.html", "/logout": "tasks/logout.html"}
STATIC = "/static/"


@dataclass
class StandIn:
    """`answers` by path; a path that has none is 404, and every one is `status` when that is set."""

    address: str
    answers: Answers = field(default_factory=dict)
    context: dict[str, Any] = field(default_factory=dict)
    status: int | None = None
    requested: list[str] = field(default_factory=list)

    def reply(self, path: str, query: dict[str, str]) -> tuple[int, str, bytes]:
        if path in PAGES:
            page = render_to_string(PAGES[path], self.context, request=RequestFactory().get(path))
            return 200, "text/html; charset=utf-8", page.encode()
        if path.startswith(STATIC):
            return self.static(path.removeprefix(STATIC))
        if self.status:
            return self.problem(self.status)
        if path not in self.answers:
            return self.problem(404)
        body = self.answers[path]
        if "from" in query:
            body = narrowed(body, query["from"], query["to"])
        return self.problem(400) if body is None else (200, "application/json", json.dumps(body).encode())

    @staticmethod
    def static(name: str) -> tuple[int, str, bytes]:
        found = finders.find(name)
        if not isinstance(found, str):
            return StandIn.problem(404)
        return 200, mimetypes.guess_type(name)[0] or "application/octet-stream", Path(found).read_bytes()

    @staticmethod
    def problem(status: int) -> tuple[int, str, bytes]:
        body: Answer = {"type": "about:blank", "status": status, "detail": f"A detail about {status}."}
        return status, "application/problem+json", json.dumps(body).encode()


@contextmanager
def standing_in() -> Iterator[StandIn]:
    """A server on a free port, stopped afterwards."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlsplit(self.path)
            stand_in.requested.append(self.path)
            status, content_type, body = stand_in.reply(address.path, dict(parse_qsl(address.query)))
            self.send_response(status)
            for name, value in SECURITY_HEADERS.items():
                self.send_header(name, value)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class's name
            """Says nothing: pytest's output is for tests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stand_in = StandIn(address=f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield stand_in
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
