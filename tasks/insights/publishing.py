"""Publishes gold's insights to the table after a pass: one transaction per user and one for the organization.

A user is due after new events since the last finished publication, or when their local day has changed and they have
ageing figures. Only a finished publication is recorded, so the next one repeats what was cut off.
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

# Keeps a query's text well under Athena's 256 KB, and bounds the memory.
USERS_A_ROUND: Final = 500
THREADS: Final = 4


class Gold(Protocol):
    """The source of the computed insights."""

    def last_pass(self, last: Publication | None) -> str | None:
        """Returns the newest silver pass that brought events: the one of `last`, or a later one."""

    def due(self, last: Publication | None) -> Mapping[str, date]:
        """Returns the owners to publish after `last`, always with the organization, and as_of's local day for each."""

    def found(self, insight: Insight, user_keys: Collection[str]) -> Mapping[str, Found]:
        """Returns the rows of an insight of each of these owners, the most important ones first."""


@dataclass(frozen=True, slots=True)
class Published:
    """The result of a publication. users: without the organization; deleted_items: of erased accounts."""

    users: int
    deleted_items: int


def publish(gold: Gold, *, as_of: str, started_at: datetime, threads: int = THREADS) -> Published:
    """Publishes the insights of all owners that are due, as of a pass, and deletes those of erased accounts.

    started_at: when the pass began by the real clock, which may differ from as_of.
    """
    deleted = delete_erased(Erasure.listed())
    last = Publication.last()
    if last and last.form != registry.form():
        last = None
    pass_id = gold.last_pass(last)
    due = gold.due(last)
    users = sum(_publish_some(gold, some, as_of, threads) for some in _rounds(due))
    Publication.note(pass_id=pass_id, as_of=as_of, form=registry.form(), started_at=started_at)
    return Published(users=users, deleted_items=deleted)


def delete_erased(erasures: Iterable[Erasure]) -> int:
    """Deletes the published insights of erased accounts, adds them to the receipts and returns their number."""
    total = 0
    for erasure in erasures:
        deleted = InsightItem.delete_published(erasure.user_key)
        if deleted:
            erasure.note(deleted=deleted, finished_at=None)
        total += deleted
    return total


def _rounds(due: Mapping[str, date]) -> Iterator[dict[str, date]]:
    owners = iter(sorted(due.items()))
    while some := dict(islice(owners, USERS_A_ROUND)):
        yield some


def _publish_some(gold: Gold, days: Mapping[str, date], as_of: str, threads: int) -> int:
    """Returns how many users were published; users erased meanwhile are skipped."""
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
