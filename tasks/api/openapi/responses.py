"""Responses and headers that operations have in common: problems, ETags, correlation ids."""

from collections.abc import Iterator
from typing import Any, Final

from django.conf import settings
from rest_framework.exceptions import APIException

from tasks import exceptions  # noqa: F401 -- their codes are collected from APIException's subclasses
from todo_project.problems import MEDIA_TYPE, NON_DRF_CODES, TYPE_PREFIX

Document = dict[str, Any]

DESCRIPTIONS: Final = {
    "400": "The request is invalid; `errors` lists what to change.",
    "401": "The token is missing, invalid or expired.",
    "403": "Not allowed, or signed in with the cookie but without the CSRF token.",
    "404": "It does not exist, or is not yours.",
    "406": "None of the accepted media types is available.",
    "409": "It already exists, or a request with this Idempotency-Key is in progress.",
    "410": "Permanently gone.",
    "411": "Content-Length is required; chunked bodies are not accepted.",
    "412": "The task has changed since the version in If-Match.",
    "413": f"The body is larger than {settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024} KB.",
    "415": "The body is not application/json.",
    "422": "The Idempotency-Key was used for another request.",
    "503": "The service is busy; retry after the time in Retry-After.",
}
THROTTLED: Final[Document] = {
    "description": "Too many requests. The gateway sends this response, in its own format.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Throttled"}}},
}
THROTTLED_SCHEMA: Final[Document] = {"type": "object", "properties": {"message": {"type": "string"}}}
CORRELATION_ID: Final[Document] = {
    "description": "Identifies the request in the logs: the id that was sent, if it is valid, else a new one.",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
}
RETRY_AFTER: Final[Document] = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}}
ETAG: Final[Document] = {
    "ETag": {"description": "The task's version.", "schema": {"type": "string", "pattern": '^"[0-9]+"$'}}
}
ANY_ETAG: Final[Document] = {"ETag": {"description": "The version of this response.", "schema": {"type": "string"}}}
TOTAL: Final[Document] = {
    "X-Total-Count": {
        "description": "The total number of entries, of which the response has the first. Not for days or weeks.",
        "schema": {"type": "integer"},
    }
}
OF_AN_INSIGHT: Final = {"200": {**ANY_ETAG, **TOTAL}, "304": ANY_ETAG}
LOCATION: Final[Document] = {"Location": {"schema": {"type": "string", "format": "uri-reference"}}}
LINK: Final[Document] = {
    "Link": {"description": '`<...>; rel="next"`, if there is a next page.', "schema": {"type": "string"}}
}
REPLAYED: Final[Document] = {
    "Idempotent-Replayed": {
        "description": "Present if this is the stored response to an earlier request with the same key.",
        "schema": {"type": "string", "enum": ["true"]},
    }
}
BLANK: Final = {"type": "string", "maxLength": 0}
DISPOSITION: Final[Document] = {"Content-Disposition": {"schema": {"type": "string"}}}
HEADERS_OF_SUCCESSES: Final[dict[tuple[str, str], dict[str, Document]]] = {
    ("/api/v1/tasks", "get"): {"200": LINK},
    ("/api/v1/tasks", "post"): {"201": {**LOCATION, **ETAG, **REPLAYED}},
    ("/api/v1/tasks/batch", "post"): {"200": REPLAYED},
    ("/api/v1/tasks/{task_id}", "get"): {"200": ETAG, "304": ETAG},
    ("/api/v1/tasks/{task_id}", "put"): {"200": {**ETAG, **REPLAYED}},
    ("/api/v1/tasks/{task_id}", "patch"): {"200": {**ETAG, **REPLAYED}},
    ("/api/v1/tasks/{task_id}", "delete"): {"204": REPLAYED},
    ("/api/v1/users", "post"): {"201": REPLAYED},
    ("/api/v1/users", "put"): {"200": REPLAYED},
    ("/api/v1/users", "delete"): {"202": RETRY_AFTER},
    ("/api/v1/insights", "get"): {"200": ANY_ETAG, "304": ANY_ETAG},
    ("/api/v1/insights/organization", "get"): {"200": ANY_ETAG, "304": ANY_ETAG},
    ("/api/v1/insights/{name}", "get"): OF_AN_INSIGHT,
    ("/api/v1/insights/organization/{name}", "get"): OF_AN_INSIGHT,
    ("/api/v1/users/export", "get"): {"200": DISPOSITION, "303": LOCATION},
}
HEADERS_OF_PROBLEMS: Final[dict[str, Document]] = {
    "401": {"WWW-Authenticate": {"schema": {"type": "string"}}},
    "503": RETRY_AFTER,
}


def problem_schema() -> Document:
    return {
        "type": "object",
        "description": "RFC 9457 problem details. `type` identifies the problem, `errors` lists what to change.",
        "required": ["type", "title", "status", "detail", "correlation_id"],
        "properties": {
            "type": {"type": "string", "enum": [TYPE_PREFIX + code.replace("_", "-") for code in sorted(_codes())]},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "correlation_id": {"type": ["string", "null"]},
            "errors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["pointer", "detail"],
                    "properties": {
                        "pointer": {
                            "type": "string",
                            "description": "JSON pointer into the body, or `#/` and the parameter or header.",
                        },
                        "detail": {"type": "string"},
                    },
                },
            },
        },
    }


def _codes() -> set[str]:
    def of(kind: type[APIException]) -> Iterator[str]:
        yield str(kind.default_code)
        for below in kind.__subclasses__():
            yield from of(below)

    return {*of(APIException), *NON_DRF_CODES}


def add_common_responses(result: Document, **_: Any) -> Document:
    """Spectacular's hook: adds problems, headers and a tag to every operation, and closes the bodies' schemas."""
    schemas = result["components"]["schemas"]
    _merge_blank(result)
    schemas |= {"Problem": problem_schema(), "Throttled": THROTTLED_SCHEMA}
    for name, schema in schemas.items():
        if name.endswith("Request"):
            schema["additionalProperties"] = False
        if name.startswith("Patched"):
            schema["minProperties"] = 1
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            operation["tags"] = [path.removeprefix("/api/v1").split("/")[1]]
            if method in ("put", "patch"):
                operation["requestBody"]["required"] = True
            for status in _problems_of(path, method):
                operation["responses"].setdefault(status, _problem_response(status))
            operation["responses"]["429"] = THROTTLED
            operation["responses"] = dict(sorted(operation["responses"].items()))
            _add_headers(path, method, operation["responses"])
    return result


def _merge_blank(part: Any) -> None:
    """Removes the generator's `oneOf` for empty texts, which our text schema allows already."""
    if isinstance(part, list):
        for inner in part:
            _merge_blank(inner)
    elif isinstance(part, dict):
        if part.get("oneOf", [None])[-1] == BLANK:
            part |= part.pop("oneOf")[0]
        for inner in part.values():
            _merge_blank(inner)


def _add_headers(path: str, method: str, responses: Document) -> None:
    for status, response in responses.items():
        if status != "429":
            own = HEADERS_OF_SUCCESSES.get((path, method), {}).get(status, {})
            headers = {**response.get("headers", {}), **own, "X-Correlation-Id": CORRELATION_ID}
            response["headers"] = headers


def _problem_response(status: str) -> Document:
    return {
        "description": DESCRIPTIONS[status],
        "headers": HEADERS_OF_PROBLEMS.get(status, {}),
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def _problems_of(path: str, method: str) -> list[str]:
    problems = ["400", "406"]
    if path == "/health":
        return problems
    problems += ["401", "503"]
    if "{" in path:
        problems.append("404")
    if path.startswith("/api/v1/users") or path.endswith("/changes"):
        problems.append("410")
    if "/organization" in path:
        problems.append("403")
    if method != "get":
        problems += ["403", "409", "422"]
    if method in ("put", "patch", "delete") and "{task_id}" in path:
        problems.append("412")
    if method in ("post", "put", "patch"):
        problems += ["411", "413", "415"]
    return problems
