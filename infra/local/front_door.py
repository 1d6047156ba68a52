"""`python -m infra.local.front_door`: an address of the deployed API for browsers and scripts.

The emulated gateway has two addresses: a host name, which doesn't resolve, and a path, which the API's links don't
contain. This proxy forwards each request under that path. Zappa's handler treats every request as HTTPS, so the proxy
also translates the scheme of the API's own origin.
"""

import http.client
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import boto3

from infra.config import settings_of
from infra.local.processes import HOST
from infra.local.settings import STAGE, LocalSettings

# API Gateway's limit for an integration.
TIMEOUT_SECONDS = 30
CONNECTION_HEADERS = {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"}
NOT_DEPLOYED = f"Nothing is deployed. Run `make deploy STAGE={STAGE}`.\n".encode()
NO_LENGTH = b"Content-Length is required here, although API Gateway itself accepts chunks.\n"


class FrontDoor(BaseHTTPRequestHandler):
    """gateways: a client of API Gateway's control plane. emulator_port: the port of both planes."""

    protocol_version = "HTTP/1.1"
    server_version, sys_version = "front-door", ""
    timeout = TIMEOUT_SECONDS
    gateways: ClassVar[Any]
    emulator_port: ClassVar[int]

    def forward(self) -> None:
        if "Transfer-Encoding" in self.headers:
            self.close_connection = True
            return self._respond(HTTPStatus.LENGTH_REQUIRED, [("Content-Type", "text/plain")], NO_LENGTH)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        prefix = self._prefix()
        if prefix is None:
            return self._respond(HTTPStatus.SERVICE_UNAVAILABLE, [("Content-Type", "text/plain")], NOT_DEPLOYED)
        connection = http.client.HTTPConnection(HOST, self.emulator_port, timeout=TIMEOUT_SECONDS)
        try:
            connection.request(self.command, prefix + self.path, body or None, self._headers())
            response = connection.getresponse()
            headers = [(name, self._with_public_scheme(value)) for name, value in response.getheaders()]
            self._respond(response.status, headers, self._body(response))
        finally:
            connection.close()

    do_DELETE = do_GET = do_HEAD = do_OPTIONS = do_PATCH = do_POST = do_PUT = do_TRACE = forward  # noqa: N815  (names of the base class)

    def _headers(self) -> dict[str, str]:
        headers = dict(self.headers.items())
        if headers.get("Origin") == f"http://{headers.get('Host')}":
            headers["Origin"] = f"https://{headers['Host']}"
        return headers

    def _body(self, response: http.client.HTTPResponse) -> bytes:
        """The body; HTML pages contain absolute addresses of the API."""
        body = response.read()
        is_page = response.headers.get_content_type() == "text/html"
        return self._with_public_scheme(body.decode()).encode() if is_page else body

    def _with_public_scheme(self, text: str) -> str:
        host = self.headers.get("Host")
        return text.replace(f"https://{host}/", f"http://{host}/")

    def _prefix(self) -> str | None:
        """The path of the deployed API. Looked up for each request, because another deployment changes it."""
        name = settings_of(STAGE).api_function
        found = [api["ApiId"] for api in self.gateways.get_apis()["Items"] if api["Name"] == name]
        return f"/_aws/execute-api/{found[0]}" if found else None

    def _respond(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in CONNECTION_HEADERS:
                self.send_header(name, value)
        if status not in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base class's name)
        """Logs nothing, because API and gateway have their own logs."""


def main() -> None:
    settings = LocalSettings.from_environment()
    FrontDoor.gateways, FrontDoor.emulator_port = boto3.client("apigatewayv2"), settings.emulator_port
    with ThreadingHTTPServer((HOST, settings.api_port), FrontDoor) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
