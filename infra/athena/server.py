"""The HTTP server: AWS's JSON protocol for Athena and Glue on one port."""

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
from .glue_api import Backend, GlueApi, Response

ATHENA = "AmazonAthena."


@dataclass(frozen=True)
class Services:
    """The APIs behind the server."""

    athena: AthenaApi
    glue: GlueApi
    backend: Backend
    calls: CallLog | None = None

    def respond(self, target: str, body: bytes, headers: dict[str, str]) -> Response:
        """The response to one call; errors become the protocol's error documents."""
        try:
            request = json.loads(body or b"{}")
            self._note(target, request, headers)
            if target.startswith(GLUE):
                return self.glue.respond(target.removeprefix(GLUE), body, headers)
            action = self.athena.actions.get(target.removeprefix(ATHENA))
            if target.startswith(ATHENA) and action:
                return Response(200, json.dumps(action(request)).encode())
            return self.backend.call(target, body, headers)
        except RequestError as error:
            return _error(400, error.code, str(error))
        except (KeyError, ValueError) as error:
            return _error(400, "InvalidRequestException", f"malformed request: {error}")
        except urllib3.exceptions.HTTPError as error:
            return _error(503, "ServiceUnavailable", f"the emulator does not respond: {error}")

    def _note(self, target: str, request: dict[str, Any], headers: dict[str, str]) -> None:
        if self.calls is not None:
            service = "athena" if target.startswith(ATHENA) else "glue"
            self.calls.add(service, target.rpartition(".")[2], request, headers.get("Authorization", ""))


def _error(status: int, code: str, message: str) -> Response:
    return Response(status, json.dumps({"__type": code, "message": message, "Message": message}).encode())


class Server(ThreadingHTTPServer):
    """Serves on 127.0.0.1, a thread for each connection."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int, services: Services) -> None:
        super().__init__(("127.0.0.1", port), _handler(services.respond))


def _handler(respond: Callable[[str, bytes, dict[str, str]], Response]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self._send(respond(self.headers.get("X-Amz-Target", ""), body, dict(self.headers.items())))

        def _send(self, response: Response) -> None:
            self.send_response(response.status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(response.body)))
            self.end_headers()
            self.wfile.write(response.body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Logs no requests, as polling clients would fill the log."""

    return Handler
