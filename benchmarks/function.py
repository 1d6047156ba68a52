"""`python -m benchmarks.function SERVICE TIMES`: loads a service as Lambda does, and sends it a GET so many times.

SERVICE is api or peer. DynamoDB's answer is made up here, below botocore, for both alike; the rest is real. The token
is TOKEN's. A process of its own, so that what it costs can be counted from outside.
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
# What Zappa writes into the zip beside the code.
ZAPPA: dict[str, Any] = {
    "APP_MODULE": "todo_project.wsgi", "APP_FUNCTION": "application", "EXCEPTION_HANDLER": None, "DEBUG": False,
    "LOG_LEVEL": "INFO", "BINARY_SUPPORT": False, "CONTEXT_HEADER_MAPPINGS": {}, "DOMAIN": None, "BASE_PATH": None,
    "ENVIRONMENT_VARIABLES": {}, "API_STAGE": "local", "PROJECT_NAME": "todo-api", "SETTINGS_FILE": None,
    "DJANGO_SETTINGS": None, "AWS_EVENT_MAPPING": {}, "AWS_BOT_EVENT_MAPPING": {}, "COGNITO_TRIGGER_MAPPING": {},
}  # fmt: skip
Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


class _Raw:
    """The raw side of an answer, as botocore reads it."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield BODY


def api() -> Handler:
    settings = ModuleType("zappa_settings")
    vars(settings).update(ZAPPA)
    sys.modules[settings.__name__] = settings
    from todo_project.function import handler  # noqa: PLC0415 -- counted, and not by the peer

    return handler


def peer() -> Handler:
    from benchmarks.peer.app import handler  # noqa: PLC0415 -- counted, and not by the API

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


def _answer(_: Any, request: Any) -> AWSResponse:
    raw: Any = _Raw()
    return AWSResponse(request.url, 200, HTTPHeaders.from_pairs(HEADERS.items()), raw)


def main() -> None:
    service, times = {"api": api, "peer": peer}[sys.argv[1]], int(sys.argv[2])
    setattr(URLLib3Session, "send", _answer)  # noqa: B010 -- mypy takes no assignment to a method
    sent = event(os.environ["TOKEN"])
    handler = service()
    for _ in range(times):
        answer = handler(sent, None)
        if answer["statusCode"] != 200 or json.loads(answer["body"])["title"] != ITEM["title"]["S"]:  # noqa: PLR2004
            raise SystemExit(f"not the task: {answer}")


if __name__ == "__main__":
    main()
