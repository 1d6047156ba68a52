"""Pages by cursor: opaque, signed, bound to one user and one query."""

from typing import Any
from urllib.parse import urlencode

from django.core import signing
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from tasks import keys
from tasks.models import StartKey
from todo_project.authentication import caller

MAX_LIMIT = 100
PAGE_WITHOUT_LIMIT = 1000
CURSOR_SECONDS = 24 * 3600
PARAMETERS = frozenset({"limit", "cursor"})


def page_size(request: Request) -> int:
    """The `limit` asked for, at most 100; without one a page of 1,000."""
    text = request.query_params.get("limit")
    if text is None:
        return PAGE_WITHOUT_LIMIT
    if not text.isascii() or not text.isdigit() or int(text[:9]) < 1:
        raise ValidationError({"limit": "Must be a whole number of at least 1."})
    return min(int(text[:9]), MAX_LIMIT)


def start_of(request: Request) -> StartKey | None:
    """The key to go on from, out of `cursor`. Raises ValidationError for one that is not this query's."""
    cursor = request.query_params.get("cursor")
    if cursor is None:
        return None
    try:
        start: StartKey = signing.loads(cursor, salt=_salt(request), max_age=CURSOR_SECONDS)
    except (signing.BadSignature, ValueError) as error:
        raise ValidationError(
            {"cursor": "Use the one from the Link header, with the same query, within a day."}
        ) from error
    return {"PK": {"S": keys.user_pk(caller(request).sub)}, **start}


def next_link(request: Request, last: StartKey) -> str:
    """The Link header's value (RFC 8288) for the page after `last`."""
    rest = {name: value for name, value in last.items() if name != "PK"}
    cursor = signing.dumps(rest, salt=_salt(request))
    query = urlencode(_query(request) | {"cursor": cursor})
    return f'<{request.build_absolute_uri(request.path)}?{query}>; rel="next"'


def _query(request: Request) -> dict[str, Any]:
    return {name: value for name, value in sorted(request.query_params.items()) if name != "cursor"}


def _salt(request: Request) -> str:
    """Makes a cursor worthless to another user or for another query; the page size may change."""
    bound = {name: value for name, value in _query(request).items() if name not in ("limit", "format")}
    return f"cursor:{caller(request).sub}:{urlencode(bound)}"
