"""Profiles, and what is left where one was."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from typing import Any, Self
from zoneinfo import ZoneInfo

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from tasks.models import keys
from tasks.models.item import InstantAttribute, Item, Record

SEGMENTS = 8


class User(Record, discriminator="user"):
    """A user's profile; `time_zone` is an IANA name and decides what the user's days are."""

    created_at = InstantAttribute()
    email = UnicodeAttribute()
    name = UnicodeAttribute()
    time_zone = UnicodeAttribute()

    # Queries

    @classmethod
    def find(cls, sub: str) -> "Self | Tombstone | None":
        """The profile as of now (a strong read), what an erasure left of it, or None."""
        try:
            found = Item.get(keys.user_pk(sub), keys.PROFILE, consistent_read=True)
        except Item.DoesNotExist:
            return None
        return found if isinstance(found, (cls, Tombstone)) else None

    @classmethod
    def today_of(cls, sub: str, now: datetime) -> date:
        """The user's own day, by the time zone in the profile; UTC's without one."""
        try:
            found = Item.get(keys.user_pk(sub), keys.PROFILE)
        except Item.DoesNotExist:
            found = None
        zone = found.time_zone if isinstance(found, cls) else "UTC"
        return now.astimezone(ZoneInfo(zone)).date()

    @classmethod
    def all_subs(cls) -> set[str]:
        """Whoever has any item, by a Scan of the whole table, in parallel."""
        with ThreadPoolExecutor(SEGMENTS) as pool:
            return set().union(*pool.map(_subs_in, range(SEGMENTS)))

    # Properties

    @property
    def id(self) -> str:
        return keys.sub_of(self.PK)


class Tombstone(Item, discriminator="tombstone"):
    """Bare: it says that the account was erased, until no token of it can be good any more (epoch seconds)."""

    expires_at = NumberAttribute()


def _subs_in(segment: int) -> set[str]:
    """The users found in one of the SEGMENTS parts of the table."""
    found: set[str] = set()
    start: Any = None
    while True:
        page = Item._get_connection().scan(
            filter_condition=Item.PK.startswith(keys.user_pk("")),
            attributes_to_get=["PK"],
            segment=segment,
            total_segments=SEGMENTS,
            exclusive_start_key=start,
        )
        found |= {keys.sub_of(raw["PK"]["S"]) for raw in page["Items"]}
        start = page.get("LastEvaluatedKey")
        if start is None:
            return found
