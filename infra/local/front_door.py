"""`python -m infra.local.front_door`: an address for the deployed API, that browsers and scripts alike can open.

The emulated gateway has two of its own: a host name, which resolves nowhere, and a path, which the API's links do not
know of. This passes each request on under the path. Zappa's handler takes every request for one by TLS, so the API's
own origin has another scheme before this door than behind it.
"""

import http.client
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import boto3

from infra.config import settings_of
from infra.local.processes import HOST
from infra.local.settings import STAGE, LocalSettings

# API Gateway's own bound on an integration.
TIMEOUT_SECONDS = 30
OF_THE_CONNECTION = {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"}
NOTHING_THERE = f"Nothing is deployed here: `make deploy STAGE={STAGE}`.\n".encode()
NO_LENGTH = b"Content-Length is needed here; API Gateway itself takes chunks, too.\n"


class FrontDoor(BaseHTTPRequestHandler):
    """gateways: a client of API Gateway's control plane. emulator_port: where both planes are."""

    protocol_version = "HTTP/1.1"
    server_version, sys_version = "front-door", ""
    timeout = TIMEOUT_SECONDS
    gateways: ClassVar[Any]
    emulator_port: ClassVar[int]

    def pass_on(self) -> None:
        if "Transfer-Encoding" in self.headers:
            self.close_connection = True
            return self._answer(HTTPStatus.LENGTH_REQUIRED, [("Content-Type", "text/plain")], NO_LENGTH)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        prefix = self._prefix()
        if prefix is None:
            return self._answer(HTTPStatus.SERVICE_UNAVAILABLE, [("Content-Type", "text/plain")], NOTHING_THERE)
        connection = http.client.HTTPConnection(HOST, self.emulator_port, timeout=TIMEOUT_SECONDS)
        try:
            connection.request(self.command, prefix + self.path, body or None, self._headers())
            answer = connection.getresponse()
            self._answer(answer.status, [(k, self._outside(v)) for k, v in answer.getheaders()], self._page(answer))
        finally:
            connection.close()

    do_DELETE = do_GET = do_HEAD = do_OPTIONS = do_PATCH = do_POST = do_PUT = do_TRACE = pass_on  # noqa: N815  (the base class finds them so)

    def _headers(self) -> dict[str, str]:
        headers = dict(self.headers.items())
        if headers.get("Origin") == f"http://{headers.get('Host')}":
            headers["Origin"] = f"https://{headers['Host']}"
        return headers

    def _page(self, answer: http.client.HTTPResponse) -> bytes:
        """The body; a page shows and links absolute addresses."""
        body = answer.read()
        is_page = answer.headers.get_content_type() == "text/html"
        return self._outside(body.decode()).encode() if is_page else body

    def _outside(self, text: str) -> str:
        host = self.headers.get("Host")
        return text.replace(f"https://{host}/", f"http://{host}/")

    def _prefix(self) -> str | None:
        """The path of the deployed API; asked for each time, as another deployment makes another one."""
        name = settings_of(STAGE).api_function
        found = [api["ApiId"] for api in self.gateways.get_apis()["Items"] if api["Name"] == name]
        return f"/_aws/execute-api/{found[0]}" if found else None

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in OF_THE_CONNECTION:
                self.send_header(name, value)
        if status not in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base class's name)
        """Nothing: API and gateway have logs of their own."""


def main() -> None:
    settings = LocalSettings.from_environment()
    FrontDoor.gateways, FrontDoor.emulator_port = boto3.client("apigatewayv2"), settings.emulator_port
    with ThreadingHTTPServer((HOST, settings.api_port), FrontDoor) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
