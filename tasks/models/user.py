"""Profiles and the tombstones that replace them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from typing import Any, Self
from zoneinfo import ZoneInfo

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from tasks.models import keys
from tasks.models.item import InstantAttribute, Item, Record

SEGMENTS = 8


class User(Record, discriminator="user"):
    """A user's profile. `time_zone` is an IANA name that sets where the user's days begin."""

    created_at = InstantAttribute()
    email = UnicodeAttribute()
    name = UnicodeAttribute()
    time_zone = UnicodeAttribute()

    # Queries

    @classmethod
    def find(cls, sub: str) -> "Self | Tombstone | None":
        """Returns the profile by a strong read, the tombstone of an erased account, or None."""
        try:
            found = Item.get(keys.user_pk(sub), keys.PROFILE, consistent_read=True)
        except Item.DoesNotExist:
            return None
        return found if isinstance(found, (cls, Tombstone)) else None

    @classmethod
    def today_of(cls, sub: str, now: datetime) -> date:
        """Returns the current day in the profile's time zone, or in UTC without a profile."""
        try:
            found = Item.get(keys.user_pk(sub), keys.PROFILE)
        except Item.DoesNotExist:
            found = None
        zone = found.time_zone if isinstance(found, cls) else "UTC"
        return now.astimezone(ZoneInfo(zone)).date()

    @classmethod
    def all_subs(cls) -> set[str]:
        """Returns the subs of all users with any item, by a parallel Scan of the whole table."""
        with ThreadPoolExecutor(SEGMENTS) as pool:
            return set().union(*pool.map(_subs_in, range(SEGMENTS)))

    # Properties

    @property
    def id(self) -> str:
        return keys.sub_of(self.PK)


class Tombstone(Item, discriminator="tombstone"):
    """Marks an erased account until `expires_at` (epoch seconds), when no token of it can be valid any more."""

    expires_at = NumberAttribute()


def _subs_in(segment: int) -> set[str]:
    """Returns the subs found in one of the SEGMENTS parts of the table."""
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
