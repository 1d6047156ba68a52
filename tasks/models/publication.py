"""The progress of publishing."""

from datetime import date, datetime
from typing import Self

from pynamodb.attributes import UnicodeAttribute

from tasks.models import keys
from tasks.models.item import InstantAttribute, Item

BEFORE_ALL = "00000000T000000000Z"


class Publication(Item, discriminator="publication"):
    """The last finished publication: of events up to the silver pass `pass_id`, as of `as_of`.

    `form` identifies the format of its insights. It includes all writes before `started_at`, by the real clock.
    """

    pass_id = UnicodeAttribute()
    as_of = UnicodeAttribute()
    form = UnicodeAttribute()
    started_at = InstantAttribute()

    # Mutators

    @classmethod
    def note(cls, *, pass_id: str | None, as_of: str, form: str, started_at: datetime) -> None:
        cls(
            keys.PUBLICATIONS,
            keys.LAST_PUBLICATION,
            pass_id=pass_id or BEFORE_ALL,
            as_of=as_of,
            form=form,
            started_at=started_at,
        ).save()

    # Queries

    @classmethod
    def last(cls) -> Self | None:
        try:
            return cls.get(keys.PUBLICATIONS, keys.LAST_PUBLICATION, consistent_read=True)
        except cls.DoesNotExist:
            return None

    # Properties

    @property
    def committed_on(self) -> date:
        """The day of the pass, by which the ledger is partitioned."""
        if self.pass_id == BEFORE_ALL:
            return date.min
        return datetime.strptime(self.pass_id[:8], "%Y%m%d").date()  # noqa: DTZ007 -- only a day
