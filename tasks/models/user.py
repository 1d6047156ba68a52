"""Profiles."""

from datetime import date, datetime
from typing import Self
from zoneinfo import ZoneInfo

from pynamodb.attributes import (
    UnicodeAttribute,
)

from tasks import keys
from tasks.models.item import InstantAttribute, Record


class User(Record, discriminator="user"):
    """A user's profile; `time_zone` is an IANA name and decides what the user's days are."""

    created_at = InstantAttribute()
    email = UnicodeAttribute()
    name = UnicodeAttribute()
    time_zone = UnicodeAttribute()

    # Queries

    @classmethod
    def find(cls, sub: str) -> Self | None:
        """The profile as of now (a strong read), or None."""
        try:
            return cls.get(keys.user_pk(sub), keys.PROFILE, consistent_read=True)
        except cls.DoesNotExist:
            return None

    @classmethod
    def today_of(cls, sub: str, now: datetime) -> date:
        """The user's own day, by the time zone in the profile; UTC's without one."""
        try:
            zone = cls.get(keys.user_pk(sub), keys.PROFILE).time_zone
        except cls.DoesNotExist:
            zone = "UTC"
        return now.astimezone(ZoneInfo(zone)).date()

    # Properties

    @property
    def id(self) -> str:
        return keys.sub_of(self.PK)
