"""The code of a function's version, which ministack answers with that of the newest.

https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html: a name may begin with `function:` and end in a
version, and the location is that of the version asked for.
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
    """Also of `function:NAME:VERSION`."""
    found: tuple[str, str | None] = resolve_name(name_or_arn.removeprefix(PREFIX))
    return found


def function_of_version(name: str, version: str | None = None) -> Any:
    """The code's location names the version."""
    status, headers, body = get_function(name, version)
    if status != HTTPStatus.OK or version is None:
        return status, headers, body
    answer = json.loads(body)
    location: str = answer["Code"]["Location"]
    answer["Code"]["Location"] = location.replace(f"/{name}?", f"/{name}:{version}?")
    return status, headers, json.dumps(answer).encode()


def code_of_version(name: str, account_id: str | None = None, region: str | None = None) -> Any:
    """What a location leads to."""
    alone, _, version = name.partition(":")
    if not version:
        return serve_code(name, account_id, region)
    function = lambda_svc._functions.get_scoped(account_id, region, alone) or {}
    code = function.get("versions", {}).get(version, {}).get("code_zip")
    if code is None:
        return HTTPStatus.NOT_FOUND, {"Content-Type": "text/plain"}, b"Version not found"
    return HTTPStatus.OK, {"Content-Type": "application/zip"}, code


def install() -> None:
    """In ministack's place."""
    lambda_svc._resolve_name_and_qualifier = name_and_version
    lambda_svc._get_function = function_of_version
    lambda_svc.serve_function_code = code_of_version
