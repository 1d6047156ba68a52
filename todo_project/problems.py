"""RFC 9457 problem details for every error, from DRF and from Django.

A problem never repeats the client's input, and says what to change if that is known.
"""

from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from pynamodb.exceptions import PynamoDBConnectionError, TransactWriteError
from rest_framework import exceptions
from rest_framework.response import Response

from todo_project.logs import correlation_id
from todo_project.parsers import BodyTooLarge

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:todo-api:problem:"
# Codes of problems without an APIException.
NON_DRF_CODES = ("bad_request", "csrf_failed", "internal_error")
RETRY_AFTER_SECONDS = 1
# DynamoDB's temporary errors; any other one is a defect of ours.
BUSY_CODES = frozenset(
    {
        "InternalServerError",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ThrottlingException",
        "TransactionCanceledException",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)

# DRF's texts for these would repeat the client's input.
FIXED_DETAILS = {
    "method_not_allowed": "The Allow header lists the methods of this URL.",
    "unsupported_media_type": (
        "Send application/json, optionally with Content-Encoding: gzip. PATCH also takes application/merge-patch+json."
    ),
    "not_acceptable": "Responses are application/json or, for browsers, text/html.",
}


class Unavailable(exceptions.APIException):
    """A service that we depend on does not respond. `wait` is in seconds."""

    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    default_code = "unavailable"
    default_detail = "The service is busy. Try again in a moment."

    def __init__(self, detail: str | None = None, wait: int = RETRY_AFTER_SECONDS) -> None:
        super().__init__(detail)
        self.wait = wait


class LengthRequired(exceptions.APIException):
    status_code = HTTPStatus.LENGTH_REQUIRED
    default_code = "length_required"
    default_detail = "Send the body with a Content-Length; chunked bodies are not accepted."


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's hook: returns the response to an exception, or None to leave it to handler500."""
    error = as_api_exception(exc)
    if error is None:
        return None
    response = Response(problem_of(error), status=error.status_code, headers=headers_of(error))
    renderer = getattr(context["request"], "accepted_renderer", None)
    if renderer is None or renderer.format == "json":
        response.content_type = MEDIA_TYPE
    return response


def as_api_exception(exc: Exception) -> exceptions.APIException | None:
    """Returns the APIException that corresponds to `exc`, or None for an unexpected one."""
    if isinstance(exc, exceptions.APIException):
        return exc
    for kind, translate in TRANSLATIONS.items():
        if isinstance(exc, kind):
            return translate(exc)
    return None


def problem_of(error: exceptions.APIException) -> dict[str, Any]:
    if isinstance(error, exceptions.ValidationError):
        errors = list(_errors(error.detail))
        return problem(error.status_code, "invalid", "The request is not valid; see errors.", errors)
    return problem(error.status_code, error.default_code, FIXED_DETAILS.get(error.default_code, str(error.detail)))


def problem(status: int, code: str, detail: str, errors: list[dict[str, str]] | None = None) -> dict[str, Any]:
    """Returns the body of a problem; `code` is the stable last part of its type."""
    body: dict[str, Any] = {
        "type": TYPE_PREFIX + code.replace("_", "-"),
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "detail": detail,
        "correlation_id": correlation_id.get(),
    }
    if errors:
        body["errors"] = errors
    return body


def headers_of(error: exceptions.APIException) -> dict[str, str]:
    challenge = getattr(error, "auth_header", None)
    wait = getattr(error, "wait", None)
    headers = {"WWW-Authenticate": challenge, "Retry-After": wait}
    return {name: str(value) for name, value in headers.items() if value}


def _errors(detail: Any, pointer: str = "#") -> Iterator[dict[str, str]]:
    """Flattens DRF's nested messages to `{"pointer": "#/title", "detail": "..."}` each."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from _errors(inner, pointer if name == "non_field_errors" else f"{pointer}/{name}")
    elif isinstance(detail, list):
        for inner in detail:
            yield from _errors(inner, pointer)
    else:
        yield {"pointer": pointer, "detail": str(detail)}


def _store_error(exc: Exception) -> exceptions.APIException | None:
    if not isinstance(exc, (PynamoDBConnectionError, TransactWriteError)):
        return None
    # Without a code there was no response: the connection was refused, cut or timed out.
    code = (getattr(exc.cause, "response", None) or {}).get("Error", {}).get("Code")
    return Unavailable() if code is None or code in BUSY_CODES else None


TRANSLATIONS: dict[type[Exception], Callable[[Exception], exceptions.APIException | None]] = {
    Http404: lambda _: exceptions.NotFound(),
    PermissionDenied: lambda _: exceptions.PermissionDenied(),
    RequestDataTooBig: lambda _: BodyTooLarge(),
    PynamoDBConnectionError: _store_error,
    TransactWriteError: _store_error,
}


def django_problem(status: HTTPStatus, code: str, detail: str) -> HttpResponse:
    """Returns a problem outside of DRF: unknown URLs, rejected hosts, defects."""
    return JsonResponse(problem(status, code, detail), status=status, content_type=MEDIA_TYPE)


def django_error_response(error: exceptions.APIException) -> HttpResponse:
    """Returns the response to a domain error outside of DRF."""
    return JsonResponse(problem_of(error), status=error.status_code, headers=headers_of(error), content_type=MEDIA_TYPE)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 -- Django's signature
    return django_problem(HTTPStatus.BAD_REQUEST, "bad_request", "The request is malformed.")


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return django_problem(HTTPStatus.FORBIDDEN, "permission_denied", "You are not allowed to do this.")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return django_problem(HTTPStatus.NOT_FOUND, "not_found", "There is nothing at this URL.")


def server_error(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    return django_problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "internal_error",
        "The service failed. The correlation id identifies the failure in the logs.",
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    return django_problem(
        HTTPStatus.FORBIDDEN,
        "csrf_failed",
        "The form's CSRF token is missing or has expired. Reload the page and try again.",
    )
