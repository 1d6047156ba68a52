"""Returns the code of the requested version of a function; ministack returns the newest version's.

https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html: a name may start with `function:` and end with a
version, and the location is that of the requested version.
"""

import json
from http import HTTPStatus
from typing import Any

from ministack.services import lambda_svc

PREFIX = "function:"
resolve_name = lambda_svc._resolve_name_and_qualifier
get_function = lambda_svc._get_function
serve_code = lambda_svc.serve_function_code


def name_and_version(name_or_arn: str) -> tuple[str, str | None]:
    """Accepts `function:NAME:VERSION`, too."""
    found: tuple[str, str | None] = resolve_name(name_or_arn.removeprefix(PREFIX))
    return found


def function_of_version(name: str, version: str | None = None) -> Any:
    """GetFunction, with the version in the code's location."""
    status, headers, body = get_function(name, version)
    if status != HTTPStatus.OK or version is None:
        return status, headers, body
    response = json.loads(body)
    location: str = response["Code"]["Location"]
    response["Code"]["Location"] = location.replace(f"/{name}?", f"/{name}:{version}?")
    return status, headers, json.dumps(response).encode()


def code_of_version(name: str, account_id: str | None = None, region: str | None = None) -> Any:
    """The download at a code's location."""
    function_name, _, version = name.partition(":")
    if not version:
        return serve_code(name, account_id, region)
    function = lambda_svc._functions.get_scoped(account_id, region, function_name) or {}
    code = function.get("versions", {}).get(version, {}).get("code_zip")
    if code is None:
        return HTTPStatus.NOT_FOUND, {"Content-Type": "text/plain"}, b"Version not found"
    return HTTPStatus.OK, {"Content-Type": "application/zip"}, code


def install() -> None:
    """Replaces ministack's functions."""
    lambda_svc._resolve_name_and_qualifier = name_and_version
    lambda_svc._get_function = function_of_version
    lambda_svc.serve_function_code = code_of_version
