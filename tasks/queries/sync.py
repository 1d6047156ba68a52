"""Changes since a token, from which an offline client keeps a copy of its tasks.

Responses may be lost, repeated or late, so a client keeps each task's highest version.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.core import signing
from rest_framework.exceptions import ValidationError

from tasks.exceptions import SyncTokenTooOld
from tasks.models import StartKey, Task
from tasks.models.instants import TOMBSTONE_LIFETIME, format_instant, parse_instant

# Writers' clocks differ and the index lags, so each walk starts this long before the start of the previous one.
OVERLAP: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Token:
    """A position in a walk through the changes in the order of `updated_at`.

    `since` is the time the walk starts from (None: the first task), `began` is when it started, and `start` is the key
    it has reached.
    """

    since: str | None
    began: str | None = None
    start: StartKey | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """Tasks and tombstones in the order of their last write; `more` if further ones are available now."""

    tasks: list[Task]
    token: Token
    more: bool


def changes(sub: str, *, token: Token, size: int, now: datetime) -> Changes:
    """Returns the changes found by one Query. Raises SyncTokenTooOld when tombstones it needs have expired."""
    # Tombstones expire this long after the deletion, and the walk needs all of them since the copy's state.
    known_until = token.since or token.began
    if known_until and now - parse_instant(known_until) > TOMBSTONE_LIFETIME:
        raise SyncTokenTooOld
    began = token.began or format_instant(now)
    tasks, last = Task.query_page(
        sub,
        index="updated_at",
        between=(token.since and parse_instant(token.since), None),
        ascending=True,
        limit=size,
        start=token.start,
        with_deleted=True,
    )
    if last:
        return Changes(tasks, Token(token.since, began, last), more=True)
    return Changes(tasks, Token(format_instant(parse_instant(began) - OVERLAP)), more=False)


def signed(token: Token, sub: str) -> str:
    return signing.dumps([token.since, token.began, token.start], salt=_salt(sub))


def read(text: str | None, sub: str) -> Token:
    """Parses a token that `signed` made for this user. Raises ValidationError."""
    if text is None:
        return Token(since=None)
    try:
        return Token(*signing.loads(text, salt=_salt(sub)))
    except (signing.BadSignature, ValueError) as error:
        raise ValidationError(
            {"since": "Use the `next` of the previous response, or omit `since` to start from the beginning."}
        ) from error


def _salt(sub: str) -> str:
    return f"changes:{sub}"
