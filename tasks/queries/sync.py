"""What changed since a token: an offline client that keeps asking ends with the tasks that the service has.

An answer may be lost, repeated or come late: a client keeps, of each task, the state with the highest version.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.core import signing
from rest_framework.exceptions import ValidationError

from tasks.exceptions import SyncTokenTooOld
from tasks.models import StartKey, Task
from tasks.models.instants import DELETED_KEPT, format_instant, parse_instant

# Writers' clocks differ and an index lags: each walk begins so long before the one before it began.
REACH_BACK: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Token:
    """A place in a walk through the changes in the order of `updated_at`.

    `since` is where the walk begins (None: at the first task), `began` when it did, `start` how far it has come.
    """

    since: str | None
    began: str | None = None
    start: StartKey | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """Tasks in the order of their last write, deleted ones among them; `more`: ask again at once."""

    tasks: list[Task]
    token: Token
    more: bool


def changes(sub: str, *, token: Token, size: int, now: datetime) -> Changes:
    """One Query's worth of what changed. Raises SyncTokenTooOld when traces it would need are gone."""
    # A trace is kept so long after its task's deletion, and the walk needs all those since the replica's state.
    known_until = token.since or token.began
    if known_until and now - parse_instant(known_until) > DELETED_KEPT:
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
    return Changes(tasks, Token(format_instant(parse_instant(began) - REACH_BACK)), more=False)


def signed(token: Token, sub: str) -> str:
    return signing.dumps([token.since, token.began, token.start], salt=_salt(sub))


def read(text: str | None, sub: str) -> Token:
    """The token of a text that `signed` made for this user. Raises ValidationError."""
    if text is None:
        return Token(since=None)
    try:
        return Token(*signing.loads(text, salt=_salt(sub)))
    except (signing.BadSignature, ValueError) as error:
        raise ValidationError({"since": "Use the `next` of an answer before, or leave it out to begin."}) from error


def _salt(sub: str) -> str:
    return f"changes:{sub}"
