"""What every answer carries, and what no log line does."""

import json
import logging
import re
from typing import Any

import pytest
from rest_framework.test import APIClient

from infra.version import version
from tests.support.tokens import id_claims, signed
from todo_project.logs import JsonFormatter

PATHS = ["/health", "/api/v1/tasks", "/nothing", "/login", "/openapi.json", "/docs"]


@pytest.mark.parametrize("path", PATHS)
def test_answer_has_the_security_headers(anonymous: APIClient, path: str) -> None:
    headers = anonymous.get(path).headers
    assert headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "http:" not in headers["Content-Security-Policy"]


def test_health_needs_no_token(anonymous: APIClient, calls: list[str]) -> None:
    body = {"status": "ok", "version": version(), "environment": "test"}
    assert anonymous.get("/health").json() == body
    assert calls == []


def test_sane_correlation_id_is_kept(anonymous: APIClient) -> None:
    response = anonymous.get("/health", headers={"X-Correlation-Id": "order-17.b_c"})
    assert response["X-Correlation-Id"] == "order-17.b_c"


@pytest.mark.parametrize("sent", ["", "a b", "x" * 65, "é", "a\tb", '"'])
def test_odd_correlation_id_is_replaced(anonymous: APIClient, sent: str) -> None:
    response = anonymous.get("/health", headers={"X-Correlation-Id": sent})
    assert re.fullmatch(r"[0-9a-f]{16}", response["X-Correlation-Id"])


def test_head_answers_the_length_without_the_body(anonymous: APIClient) -> None:
    full, head = anonymous.get("/health"), anonymous.head("/health")
    assert (head.content, head["Content-Length"]) == (b"", str(len(full.content)))


def test_log_lines_hold_no_token_title_or_email(ann: APIClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    token = signed(id_claims())
    ann.post("/api/v1/tasks", {"title": "Buy milk quietly"}, format="json")
    ann.get("/api/v1/tasks/Buy milk quietly")
    ann.get("/api/v1/users")
    lines = [JsonFormatter().format(record) for record in caplog.records if record.name.startswith("todo_api")]
    assert len(lines) == 3
    assert {json.loads(line)["route"] for line in lines} == {"api/v1/tasks", "api/v1/tasks/<task_id>", "api/v1/users"}
    assert not any(secret in line for line in lines for secret in ("quietly", "@example.com", token))


class Lines(logging.Handler):
    """Keeps what the service writes."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonFormatter())
        self.written: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.written.append(self.format(record))


def test_log_line_has_the_requests_correlation_id(ann: APIClient) -> None:
    lines = Lines()
    logging.getLogger().addHandler(lines)
    try:
        ann.get("/api/v1/tasks", headers={"X-Correlation-Id": "trace-9"})
    finally:
        logging.getLogger().removeHandler(lines)
    line = json.loads(lines.written[-1])
    assert (line["correlation_id"], line["status"], line["method"]) == ("trace-9", 200, "GET")


ALLOWED = "https://app.example"


@pytest.fixture
def cors(settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = [ALLOWED]


@pytest.mark.usefixtures("cors")
def test_page_of_an_allowed_site_may_call_without_credentials(ann: APIClient) -> None:
    preflight = {"Origin": ALLOWED, "Access-Control-Request-Method": "PUT"}
    asked = APIClient().options("/api/v1/tasks", headers=preflight)
    assert (asked.status_code, asked["Access-Control-Allow-Origin"]) == (200, ALLOWED)
    assert "idempotency-key" in asked["Access-Control-Allow-Headers"]
    answer = ann.get("/api/v1/tasks", headers={"Origin": ALLOWED})
    assert answer["Access-Control-Allow-Origin"] == ALLOWED
    assert "ETag" in answer["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Credentials" not in answer


@pytest.mark.usefixtures("cors")
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://app.example.evil.example", "*"])
def test_page_of_another_site_may_not(ann: APIClient, origin: str) -> None:
    assert "Access-Control-Allow-Origin" not in ann.get("/api/v1/tasks", headers={"Origin": origin})


def test_chunked_body_is_411(ann: APIClient) -> None:
    response = ann.post("/api/v1/tasks", {"title": "x"}, format="json", headers={"Transfer-Encoding": "chunked"})
    assert (response.status_code, response.json()["type"]) == (411, "urn:todo-api:problem:length-required")
