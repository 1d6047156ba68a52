"""After a pass: gold's insights packed into the table, a transaction for each user and one for the organization.

A user is due when events of theirs came in since the last finished publication, or when their day has changed while
something of theirs ages. What was cut off is done again by the next: only a finished publication is noted.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Final, Protocol

from tasks.insights import registry
from tasks.insights.payloads import Found, pack
from tasks.insights.registry import ORGANIZATION, REGISTRY, Insight
from tasks.models import Erasure, Publication, keys
from tasks.models import Insight as InsightItem

# As many as keep a query's text well under Athena's 256 KB, and what is held at once in memory.
USERS_A_ROUND: Final = 500
THREADS: Final = 4


class Gold(Protocol):
    """Where the computed insights are read."""

    def last_pass(self, last: Publication | None) -> str | None:
        """The newest silver pass that brought events, `last`'s or after it."""

    def due(self, last: Publication | None) -> Mapping[str, date]:
        """Who is to be published after `last`, the organization always, each with as_of's local day."""

    def found(self, insight: Insight, user_keys: Collection[str]) -> Mapping[str, Found]:
        """These owners' rows of an insight, those to keep first."""


@dataclass(frozen=True, slots=True)
class Published:
    """What a publication did. users: the organization aside; deleted_items: of erased accounts."""

    users: int
    deleted_items: int


def publish(gold: Gold, *, as_of: str, started_at: datetime, threads: int = THREADS) -> Published:
    """Publishes everybody's insights who is due, as of a pass, and deletes those of erased accounts.

    started_at: the real clock when the pass began, which as_of need not be.
    """
    deleted = forget(Erasure.listed())
    last = Publication.last()
    if last and last.form != registry.form():
        last = None
    pass_id = gold.last_pass(last)
    due = gold.due(last)
    users = sum(_publish_some(gold, some, as_of, threads) for some in _rounds(due))
    Publication.note(pass_id=pass_id, as_of=as_of, form=registry.form(), started_at=started_at)
    return Published(users=users, deleted_items=deleted)


def forget(erasures: Iterable[Erasure]) -> int:
    """Deletes what is published of erased accounts, adds it to their receipts, answers how many items that were."""
    total = 0
    for erasure in erasures:
        deleted = InsightItem.forget(erasure.user_key)
        if deleted:
            erasure.note(deleted=deleted, finished_at=None)
        total += deleted
    return total


def _rounds(due: Mapping[str, date]) -> Iterator[dict[str, date]]:
    owners = iter(sorted(due.items()))
    while some := dict(islice(owners, USERS_A_ROUND)):
        yield some


def _publish_some(gold: Gold, days: Mapping[str, date], as_of: str, threads: int) -> int:
    """How many users were published; one who was erased meanwhile is not."""
    wanted = ORGANIZATION if keys.ORGANIZATION in days else REGISTRY
    with ThreadPoolExecutor(threads) as pool:
        rows = pool.map(lambda insight: gold.found(insight, days.keys()), wanted.values())
        found = dict(zip(wanted, rows, strict=True))

    def publish_one(owner: str) -> bool:
        registry = ORGANIZATION if owner == keys.ORGANIZATION else REGISTRY
        rows = {name: found[name][owner] for name in registry if owner in found[name]}
        packed = pack(registry.values(), rows, as_of=as_of, today=days[owner])
        done = InsightItem.publish(
            owner,
            as_of=as_of,
            payloads={name: one.payload for name, one in packed.items()},
            totals={name: one.total for name, one in packed.items() if one.total is not None},
        )
        return done and owner != keys.ORGANIZATION

    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(publish_one, days))
