"""Erases accounts: marks and lists the account, deletes the Cognito user, then every item in the table.

Any step may be cut off; a repeat by the user or the next pipeline pass continues from there. A token stays valid for
up to an hour, so items may still appear after an erasure: passes sweep until no token can be valid.
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
ACCOUNT_TOMBSTONE_LIFETIME: Final = TOKEN_LIFETIME + timedelta(hours=1)
LISTING_LIFETIME: Final = timedelta(days=40)
BATCH: Final = 25
THREADS: Final = 4


class EmptyUserPoolError(Exception):
    """The user pool holds no account, so erased users can't be told from current ones."""


def erase(sub: str, *, now: datetime) -> bool:
    """Erases the account. True when nothing is left, False when time ran out and a repeat must continue.

    Raises Unavailable when Cognito does not respond.
    """
    deadline = time.monotonic() + settings.ERASURE_SECONDS
    user_key = _begin(sub, now)
    identity.delete_user(sub)
    export_storage.delete_all(user_key)
    return _delete_items(sub, user_key, deadline)[1]


def repeat_after_restore(now: datetime) -> int:
    """Erases again the users who have items but no Cognito user, and returns how many.

    Restoring an older table brings back their items, but not the Cognito user that every erasure deletes first. Raises
    EmptyUserPoolError when the pool is empty, which suggests that it is the wrong one.
    """
    known = set(identity.subs())
    if not known:
        raise EmptyUserPoolError
    strangers = sorted(User.all_subs() - known)
    for sub in strangers:
        user_key = _begin(sub, now)
        export_storage.delete_all(user_key)
        _delete_items(sub, user_key, float("inf"))
    return len(strangers)


def finish_all(now: datetime) -> int:
    """Sweeps the accounts with an unfinished erasure and returns how many items it deleted."""
    total = 0
    for erasure in Erasure.listed():
        if erasure.sub is None:
            continue
        identity.delete_user(erasure.sub)
        export_storage.delete_all(erasure.user_key)
        deleted, _ = _delete_items(erasure.sub, erasure.user_key, float("inf"))
        over = now >= erasure.requested_at + ACCOUNT_TOMBSTONE_LIFETIME
        erasure.note(deleted=deleted, finished_at=now if over else None)
        total += deleted
    return total


def _begin(sub: str, now: datetime) -> str:
    """Marks the account, lists its erasure and returns the user_key."""
    user_key = user_keys.user_key(sub)
    Erasure.begin(
        sub, user_key, now=now, tombstone_until=now + ACCOUNT_TOMBSTONE_LIFETIME, listed_until=now + LISTING_LIFETIME
    )
    return user_key


def _delete_items(sub: str, user_key: str, deadline: float) -> tuple[int, bool]:
    """Returns how many items were deleted, and whether that was all of them."""
    partitions = (keys.user_pk(sub), keys.insights_pk(user_key))
    found = chain.from_iterable(chain.from_iterable(remaining_keys(pk) for pk in partitions))
    deleted = 0
    with ThreadPoolExecutor(THREADS) as pool:
        for some in _groups(found, BATCH * THREADS):
            if time.monotonic() >= deadline:
                return deleted, False
            list(pool.map(delete, _groups(iter(some), BATCH)))
            deleted += len(some)
    return deleted, True


def _groups(items: Iterator[tuple[str, str]], size: int) -> Iterator[list[tuple[str, str]]]:
    while group := list(islice(items, size)):
        yield group
