"""The HTTP side: AWS's JSON protocol, for Athena and Glue on one port."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import urllib3

from .athena_api import AthenaApi
from .calls import CallLog
from .errors import RequestError
from .glue_api import PREFIX as GLUE
from .glue_api import Answer, Backend, GlueApi

ATHENA = "AmazonAthena."


@dataclass(frozen=True)
class Services:
    """What the server answers with."""

    athena: AthenaApi
    glue: GlueApi
    backend: Backend
    calls: CallLog | None = None

    def answer(self, target: str, body: bytes, headers: dict[str, str]) -> Answer:
        """The answer to one call; errors become the protocol's error documents."""
        try:
            request = json.loads(body or b"{}")
            self._note(target, request, headers)
            if target.startswith(GLUE):
                return self.glue.answer(target.removeprefix(GLUE), body, headers)
            action = self.athena.actions.get(target.removeprefix(ATHENA))
            if target.startswith(ATHENA) and action:
                return Answer(200, json.dumps(action(request)).encode())
            return self.backend.call(target, body, headers)
        except RequestError as error:
            return _error(400, error.code, str(error))
        except (KeyError, ValueError) as error:
            return _error(400, "InvalidRequestException", f"malformed request: {error}")
        except urllib3.exceptions.HTTPError as error:
            return _error(503, "ServiceUnavailable", f"the emulator does not answer: {error}")

    def _note(self, target: str, request: dict[str, Any], headers: dict[str, str]) -> None:
        if self.calls is not None:
            service = "athena" if target.startswith(ATHENA) else "glue"
            self.calls.add(service, target.rpartition(".")[2], request, headers.get("Authorization", ""))


def _error(status: int, code: str, message: str) -> Answer:
    return Answer(status, json.dumps({"__type": code, "message": message, "Message": message}).encode())


class Server(ThreadingHTTPServer):
    """Serves on 127.0.0.1, a thread for each connection."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int, services: Services) -> None:
        super().__init__(("127.0.0.1", port), _handler(services.answer))


def _handler(answer: Callable[[str, bytes, dict[str, str]], Answer]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self._send(answer(self.headers.get("X-Amz-Target", ""), body, dict(self.headers.items())))

        def _send(self, result: Answer) -> None:
            self.send_response(result.status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(result.body)))
            self.end_headers()
            self.wfile.write(result.body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Requests are not logged: pollers would fill the log."""

    return Handler
