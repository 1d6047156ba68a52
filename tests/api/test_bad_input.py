"""What is not valid is refused by a problem that says what to change and repeats nothing."""

import gzip
import json
from collections.abc import Callable
from typing import Any, cast

import pytest
from rest_framework.test import APIClient

from tests.support.table import Wire

URL = "/api/v1/tasks"


def post(client: APIClient, body: str | bytes, **headers: str) -> Any:
    return client.generic("POST", URL, cast("str", body), content_type="application/json", headers=headers)


def problem(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body["status"] == status
    assert body["correlation_id"] == response["X-Correlation-Id"]
    return body


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "nothing",
        '{"title": "a", "title": "b"}',
        '{"title": NaN}',
        '{"title": Infinity}',
        '{"title": "\\ud800"}',
        '{"\\udfff": 1}',
        b'{"title": "\xff"}',
        "\ufeff{}",
        '{"title": ' + "9" * 5000 + "}",
        '{"title": ' + "[" * 10_000 + "]" * 10_000 + "}",
        "[]",
        '"title"',
        "null",
    ],
    ids=range(14),
)
def test_what_is_no_json_object_is_400(ann: APIClient, calls: Wire, body: str | bytes) -> None:
    assert problem(post(ann, body), 400)["type"] == "urn:todo-api:problem:parse-error"
    assert calls == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "  \t\n"),
        ("title", "\u200b\u2060\ufeff"),
        ("title", "\u3164\u2800"),
        ("title", "x" * 201),
        ("title", None),
        ("title", 5),
        ("title", True),
        ("title", ["x"]),
        ("title", "nul\x00"),
        ("description", "x" * 1001),
        ("description", 1.5),
        ("category", "x" * 51),
        ("category", False),
        ("status", "done"),
        ("status", "PENDING"),
        ("status", None),
        ("status", []),
        ("priority", "urgent "),
        ("priority", {}),
        ("due_date", "2026-02-29"),
        ("due_date", "2026-13-01"),
        ("due_date", "20261201"),
        ("due_date", "2026-W01-1"),
        ("due_date", "2026-1-2"),
        ("due_date", "2026-12-01T00:00:00Z"),
        ("due_date", "0000-01-01"),
        ("due_date", 20261201),
    ],
)
def test_value_out_of_range_is_400_naming_the_field(ann: APIClient, calls: Wire, field: str, value: Any) -> None:
    body = problem(post(ann, json.dumps({"title": "x", field: value})), 400)
    assert [error["pointer"] for error in body["errors"]] == [f"#/{field}"]
    assert calls == []


@pytest.mark.parametrize(
    "field",
    ["id", "owner", "version", "PK", "SK", "entity", "created_at", "completed_at", "deleted_at", "expires_at", "actor"],
)
def test_field_of_ours_in_the_body_is_400(ann: APIClient, calls: Wire, field: str) -> None:
    body = problem(post(ann, json.dumps({"title": "x", field: "y"})), 400)
    assert body["errors"] == [{"pointer": f"#/{field}", "detail": "This field can't be set."}]
    assert calls == []


def test_unknown_field_hides_no_other_error(ann: APIClient) -> None:
    body = problem(post(ann, json.dumps({"title": "", "status": "done", "colour": "red"})), 400)
    assert {error["pointer"] for error in body["errors"]} == {"#/title", "#/status", "#/colour"}


def test_field_with_an_odd_name_is_not_echoed(ann: APIClient) -> None:
    response = post(ann, json.dumps({"title": "x", "<script>": 1}))
    assert problem(response, 400)["errors"][0]["pointer"] == "#"
    assert b"script" not in response.content


def test_title_is_required(ann: APIClient) -> None:
    assert problem(post(ann, "{}"), 400)["errors"][0]["pointer"] == "#/title"


def test_empty_update_is_400(ann: APIClient, calls: Wire) -> None:
    response = ann.generic("PUT", f"{URL}/01a20450-5f49-710c-aa4b-80ad2ea82045", "{}", content_type="application/json")
    assert "Send at least one of" in problem(response, 400)["errors"][0]["detail"]
    assert calls == []


def test_longest_texts_are_taken(ann: APIClient) -> None:
    body = {"title": "🦉" * 200, "description": "é" * 1000, "category": "語" * 50}
    answer = post(ann, json.dumps(body)).json()
    assert {name: answer[name] for name in body} == body


def test_body_over_64_kb_is_413(ann: APIClient, calls: Wire) -> None:
    problem(post(ann, json.dumps({"title": "x", "description": "x" * 65536})), 413)
    assert calls == []


def test_gzip_body_is_taken(ann: APIClient) -> None:
    assert post(ann, gzip.compress(b'{"title": "x"}'), **{"Content-Encoding": "gzip"}).status_code == 201


def test_gzip_bomb_is_413(ann: APIClient) -> None:
    bomb = gzip.compress(b" " * 10_000_000)
    assert len(bomb) < 64 * 1024
    problem(post(ann, bomb, **{"Content-Encoding": "gzip"}), 413)


@pytest.mark.parametrize("spoil", [lambda g: g[:-1], lambda g: g[:-9], lambda g: g + b"more", lambda g: g + g])
def test_gzip_that_is_cut_off_or_followed_by_more_is_400(ann: APIClient, spoil: Callable[[bytes], bytes]) -> None:
    problem(post(ann, spoil(gzip.compress(b'{"title": "x"}')), **{"Content-Encoding": "gzip"}), 400)


def test_gzip_that_is_none_is_400(ann: APIClient) -> None:
    problem(post(ann, b'{"title": "x"}', **{"Content-Encoding": "gzip"}), 400)


def test_other_content_encoding_is_415(ann: APIClient) -> None:
    problem(post(ann, b'{"title": "x"}', **{"Content-Encoding": "br"}), 415)


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_other_content_type_is_415(ann: APIClient, calls: Wire, content_type: str) -> None:
    response = ann.generic("POST", URL, '{"title": "x"}', content_type=content_type)
    body = problem(response, 415)
    assert body["detail"].startswith("Send application/json")
    assert calls == []


def test_accept_of_something_else_is_406(ann: APIClient) -> None:
    problem(ann.get(URL, headers={"Accept": "text/csv"}), 406)


@pytest.mark.parametrize(("method", "path"), [("TRACE", URL), ("DELETE", URL), ("POST", "/health"), ("BREW", URL)])
def test_method_that_is_not_offered_is_405(ann: APIClient, method: str, path: str) -> None:
    response = ann.generic(method, path)
    assert "Allow" in response
    problem(response, 405)


def test_method_override_is_ignored(ann: APIClient) -> None:
    response = ann.get(URL, headers={"X-HTTP-Method-Override": "DELETE"})
    assert (response.status_code, response.json()) == (200, [])


def test_unmatched_address_is_a_problem(anonymous: APIClient) -> None:
    response = anonymous.get("/api/v1/nothing/here")
    assert problem(response, 404)["detail"] == "There is nothing at this URL."


def test_unknown_host_is_a_problem(anonymous: APIClient) -> None:
    problem(anonymous.get("/health", headers={"Host": "evil.example"}), 400)


def test_throttled_table_is_503_with_retry_after(ann: APIClient, throttled: None) -> None:
    response = ann.get(URL)
    assert problem(response, 503)["type"] == "urn:todo-api:problem:unavailable"
    assert int(response["Retry-After"]) >= 1
    assert b"todo-app-data" not in response.content
