"""The OpenAPI document against the API it describes."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from tasks.api.openapi import FILE, document, text

OPERATIONS = {
    ("/health", "get"),
    ("/api/v1/tasks", "get"),
    ("/api/v1/tasks", "post"),
    ("/api/v1/tasks/batch", "post"),
    ("/api/v1/tasks/changes", "get"),
    ("/api/v1/tasks/{task_id}", "get"),
    ("/api/v1/tasks/{task_id}", "put"),
    ("/api/v1/tasks/{task_id}", "patch"),
    ("/api/v1/tasks/{task_id}", "delete"),
    ("/api/v1/users", "get"),
    ("/api/v1/users", "post"),
    ("/api/v1/users", "put"),
    ("/api/v1/users", "delete"),
    ("/api/v1/users/export", "get"),
    ("/api/v1/insights", "get"),
    ("/api/v1/insights/{name}", "get"),
    ("/api/v1/insights/organization", "get"),
    ("/api/v1/insights/organization/{name}", "get"),
}


@pytest.fixture(scope="module")
def served() -> Any:
    return document()


def test_document_has_every_route(served: Any) -> None:
    assert {(path, method) for path, methods in served["paths"].items() for method in methods} == OPERATIONS


def test_document_is_made_without_a_warning(capfd: pytest.CaptureFixture[str]) -> None:
    document()
    assert "Warning" not in capfd.readouterr().err


def test_file_is_not_stale() -> None:
    """`manage.py openapi` makes it anew."""
    assert FILE.read_text() == text()


def test_document_is_served_to_everybody(anonymous: APIClient) -> None:
    response = anonymous.get("/openapi.json")
    assert (response["Content-Type"], response.json()) == ("application/json", document())
    assert response.json()["openapi"] == "3.1.0"


def test_every_operation_names_its_problems(served: Any) -> None:
    for path, methods in served["paths"].items():
        for operation in methods.values():
            problems = {status for status in operation["responses"] if status >= "400"}
            assert problems >= ({"400"} if path == "/health" else {"400", "401", "503"})


def test_task_has_the_fields_that_are_answered(served: Any, ann: APIClient) -> None:
    answered = ann.post("/api/v1/tasks", {"title": "x"}, format="json").json()
    assert set(served["components"]["schemas"]["Task"]["properties"]) == set(answered)


def test_insight_has_the_fields_that_are_answered(served: Any, ann: APIClient) -> None:
    answered = ann.get("/api/v1/insights/mix").json()
    assert set(served["components"]["schemas"]["Insight"]["properties"]) == set(answered)


def test_operations_take_either_way_of_signing_in(served: Any) -> None:
    operation = served["paths"]["/api/v1/tasks"]["get"]
    assert operation["security"] == [{"bearer": []}, {"cookie": []}]
    assert set(served["components"]["securitySchemes"]) == {"bearer", "cookie"}
