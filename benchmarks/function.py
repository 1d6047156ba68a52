"""`python -m benchmarks.function SERVICE TIMES`: loads a service as Lambda does, and sends it TIMES GETs.

SERVICE is api or peer. A fake below botocore replaces DynamoDB for both; the rest is real. The variable TOKEN has the
token. Runs in its own process, so that its cost can be measured from outside.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.httpsession import URLLib3Session

TASK_ID = "019a9f00-0000-7000-8000-000000000001"
ITEM = {
    "PK": {"S": "USER#a1a1a1a1-0000-4000-8000-000000000001"},
    "SK": {"S": f"TASK#{TASK_ID}"},
    "entity": {"S": "task"},
    "version": {"N": "2"},
    "title": {"S": "Send the quarterly report"},
    "status": {"S": "in_progress"},
    "priority": {"S": "high"},
    "category": {"S": "work"},
    "due_date": {"S": "2026-12-01"},
    "created_at": {"S": "2026-11-20T08:00:00.000Z"},
    "updated_at": {"S": "2026-11-21T09:30:00.250Z"},
    "started_at": {"S": "2026-11-21T09:30:00.250Z"},
    "write_id": {"S": "d2f1c0aaZ3-_"},
}
BODY = json.dumps({"Item": ITEM}).encode()
HEADERS = {"Content-Type": "application/x-amz-json-1.0", "x-amzn-RequestId": "0", "Content-Length": str(len(BODY))}
# The settings that Zappa writes into the zip.
ZAPPA: dict[str, Any] = {
    "APP_MODULE": "todo_project.wsgi", "APP_FUNCTION": "application", "EXCEPTION_HANDLER": None, "DEBUG": False,
    "LOG_LEVEL": "INFO", "BINARY_SUPPORT": False, "CONTEXT_HEADER_MAPPINGS": {}, "DOMAIN": None, "BASE_PATH": None,
    "ENVIRONMENT_VARIABLES": {}, "API_STAGE": "local", "PROJECT_NAME": "todo-api", "SETTINGS_FILE": None,
    "DJANGO_SETTINGS": None, "AWS_EVENT_MAPPING": {}, "AWS_BOT_EVENT_MAPPING": {}, "COGNITO_TRIGGER_MAPPING": {},
}  # fmt: skip
Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


class _Raw:
    """The raw part of a response, as botocore reads it."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield BODY


def api() -> Handler:
    settings = ModuleType("zappa_settings")
    vars(settings).update(ZAPPA)
    sys.modules[settings.__name__] = settings
    from todo_project.function import handler  # noqa: PLC0415 -- part of the measured cost, but not the peer's

    return handler


def peer() -> Handler:
    from benchmarks.peer.app import handler  # noqa: PLC0415 -- part of the measured cost, but not the API's

    return handler


def event(token: str) -> dict[str, Any]:
    """A GET of one task, as API Gateway's HTTP API sends it (payload version 2.0).

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    """
    path = f"/api/v1/tasks/{TASK_ID}"
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"host": "localhost", "accept": "application/json", "authorization": f"Bearer {token}"},
        "requestContext": {
            "stage": "$default",
            "http": {"method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1"},
        },
        "isBase64Encoded": False,
    }


def _respond(_: Any, request: Any) -> AWSResponse:
    raw: Any = _Raw()
    return AWSResponse(request.url, 200, HTTPHeaders.from_pairs(HEADERS.items()), raw)


def main() -> None:
    service, times = {"api": api, "peer": peer}[sys.argv[1]], int(sys.argv[2])
    setattr(URLLib3Session, "send", _respond)  # noqa: B010 -- mypy allows no assignment to a method
    sent = event(os.environ["TOKEN"])
    handler = service()
    for _ in range(times):
        response = handler(sent, None)
        if response["statusCode"] != 200 or json.loads(response["body"])["title"] != ITEM["title"]["S"]:  # noqa: PLR2004
            raise SystemExit(f"not the task: {response}")


if __name__ == "__main__":
    main()
