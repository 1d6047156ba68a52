"""Cursors of the task list: opaque, signed, bound to one user and one query."""

from typing import Any
from urllib.parse import urlencode

from django.core import signing
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from tasks.queries.listing import Position
from todo_project.authentication import caller

CURSOR_SECONDS = 24 * 3600
# Parameters that may differ from page to page.
UNSIGNED = ("cursor", "limit", "format")


def position_of(request: Request, cursor: str | None) -> tuple[Position, str | None]:
    """Returns where the page begins, and the day that counted as today on the first page.

    Raises ValidationError for a cursor of another query or one older than a day.
    """
    if cursor is None:
        return Position(), None
    try:
        stage, start, today = signing.loads(cursor, salt=_salt(request), max_age=CURSOR_SECONDS)
    except (signing.BadSignature, ValueError) as error:
        raise ValidationError(
            {"cursor": "Use the cursor from the Link header, with the same query, within a day."}
        ) from error
    return Position(stage, start), today


def next_link(request: Request, following: Position, today: str | None) -> str:
    """Returns the URL of the next page."""
    cursor = signing.dumps([following.stage, following.start, today], salt=_salt(request))
    query = urlencode([*_query(request, without=("cursor",)), ("cursor", cursor)])
    return f"{request.build_absolute_uri(request.path)}?{query}"


def _query(request: Request, *, without: tuple[str, ...]) -> list[tuple[str, Any]]:
    return [
        (name, value)
        for name, values in sorted(request.query_params.lists())
        if name not in without
        for value in sorted(values)
    ]


def _salt(request: Request) -> str:
    """Returns a salt that makes a cursor invalid for another user or query."""
    return f"cursor:{caller(request).sub}:{urlencode(_query(request, without=UNSIGNED))}"
