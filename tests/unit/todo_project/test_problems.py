"""Defects answer as problems too, and tell nothing of themselves."""

from botocore.exceptions import ClientError, ReadTimeoutError
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.test import RequestFactory
from pynamodb.exceptions import GetError, TransactWriteError, UpdateError
from rest_framework.exceptions import ValidationError

from todo_project import problems


def client_error(code: str) -> GetError:
    return GetError(cause=ClientError({"Error": {"Code": code, "Message": "table x"}}, "GetItem"))


def test_throttling_is_unavailable() -> None:
    error = problems.as_api_exception(client_error("ThrottlingException"))
    assert isinstance(error, problems.Unavailable)
    assert problems.headers_of(error) == {"Retry-After": "1"}


def test_no_answer_of_the_table_is_unavailable() -> None:
    assert isinstance(problems.as_api_exception(GetError(cause=OSError())), problems.Unavailable)


def test_time_out_of_the_table_is_unavailable() -> None:
    timed_out = ReadTimeoutError(endpoint_url="https://dynamodb.us-east-1.amazonaws.com")
    for error in (UpdateError(cause=timed_out), TransactWriteError("", cause=timed_out)):
        assert isinstance(problems.as_api_exception(error), problems.Unavailable)


def test_refusal_by_the_table_is_a_defect() -> None:
    assert problems.as_api_exception(client_error("ValidationException")) is None


def test_djangos_errors_have_their_status() -> None:
    kinds = {Http404: 404, PermissionDenied: 403}
    assert {kind: getattr(problems.as_api_exception(kind()), "status_code", None) for kind in kinds} == kinds


def test_unforeseen_error_is_left_to_handler500() -> None:
    assert problems.as_api_exception(KeyError("x")) is None


def test_server_error_is_a_problem_without_details() -> None:
    response = problems.server_error(RequestFactory().get("/"))
    assert (response.status_code, response["Content-Type"]) == (500, "application/problem+json")
    assert b"Traceback" not in response.content


def test_nested_messages_become_pointers() -> None:
    error = ValidationError({"name": ["a", "b"], "non_field_errors": ["c"], "inner": {"x": ["d"]}})
    assert problems.problem_of(error)["errors"] == [
        {"pointer": "#/name", "detail": "a"},
        {"pointer": "#/name", "detail": "b"},
        {"pointer": "#", "detail": "c"},
        {"pointer": "#/inner/x", "detail": "d"},
    ]
