"""Erasing an account: first it is marked and listed, then the Cognito user goes, then all that lies in the table.

Each step may be cut off; whoever comes next, the user's own repeat or a pipeline pass, goes on from there. A token
stays good for up to an hour, so an item may still turn up behind the erasure: passes sweep until none can.
"""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import Final

from django.conf import settings

from tasks.accounts import export_storage, identity, user_keys
from tasks.models import Erasure, User, delete, keys, remaining_keys

TOKEN_LIFETIME: Final = timedelta(hours=1)
TOMBSTONE_KEPT: Final = TOKEN_LIFETIME + timedelta(hours=1)
LISTED: Final = timedelta(days=40)
BATCH: Final = 25
THREADS: Final = 4


class NobodyKnownError(Exception):
    """The user pool holds no account, so nobody can be told from somebody who was erased."""


def erase(sub: str, *, now: datetime) -> bool:
    """Erases the account; True when nothing is left, False when time ran out and a repeat will go on.

    Raises Unavailable when Cognito does not answer.
    """
    ends = time.monotonic() + settings.ERASURE_SECONDS
    user_key = _begin(sub, now)
    identity.delete_user(sub)
    export_storage.delete_all(user_key)
    return _delete_items(sub, user_key, ends)[1]


def repeat_after_restore(now: datetime) -> int:
    """Erases whoever has items but no Cognito user: an older table brought them back. Answers how many those are.

    Every erasure deletes the Cognito user first, and a table's restore does not bring that back. Raises
    NobodyKnownError when Cognito knows nobody at all, as it would of a wrong pool.
    """
    known = set(identity.subs())
    if not known:
        raise NobodyKnownError
    strangers = sorted(User.all_subs() - known)
    for sub in strangers:
        user_key = _begin(sub, now)
        export_storage.delete_all(user_key)
        _delete_items(sub, user_key, float("inf"))
    return len(strangers)


def finish_all(now: datetime) -> int:
    """Sweeps the accounts whose erasure is listed and not yet over; answers how many items that deleted."""
    total = 0
    for erasure in Erasure.listed():
        if erasure.sub is None:
            continue
        identity.delete_user(erasure.sub)
        export_storage.delete_all(erasure.user_key)
        deleted, _ = _delete_items(erasure.sub, erasure.user_key, float("inf"))
        over = now >= erasure.requested_at + TOMBSTONE_KEPT
        erasure.note(deleted=deleted, finished_at=now if over else None)
        total += deleted
    return total


def _begin(sub: str, now: datetime) -> str:
    """Marks the account and lists its erasure; answers the user_key."""
    user_key = user_keys.user_key(sub)
    Erasure.begin(sub, user_key, now=now, tombstone_until=now + TOMBSTONE_KEPT, listed_until=now + LISTED)
    return user_key


def _delete_items(sub: str, user_key: str, ends: float) -> tuple[int, bool]:
    """How many items were deleted, and whether those were all."""
    partitions = (keys.user_pk(sub), keys.insights_pk(user_key))
    found = chain.from_iterable(chain.from_iterable(remaining_keys(pk) for pk in partitions))
    deleted = 0
    with ThreadPoolExecutor(THREADS) as pool:
        for round_of in _groups(found, BATCH * THREADS):
            if time.monotonic() >= ends:
                return deleted, False
            list(pool.map(delete, _groups(iter(round_of), BATCH)))
            deleted += len(round_of)
    return deleted, True


def _groups(items: Iterator[tuple[str, str]], size: int) -> Iterator[list[tuple[str, str]]]:
    while group := list(islice(items, size)):
        yield group
