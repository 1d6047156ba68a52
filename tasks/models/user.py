"""Profiles."""

from typing import Self

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

    # Properties

    @property
    def id(self) -> str:
        return keys.sub_of(self.PK)
