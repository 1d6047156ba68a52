"""Where publishing has got to."""

from datetime import date, datetime
from typing import Self

from pynamodb.attributes import UnicodeAttribute

from tasks.models import keys
from tasks.models.item import InstantAttribute, Item

BEFORE_ALL = "00000000T000000000Z"


class Publication(Item, discriminator="publication"):
    """The last publication that was finished: of events up to the silver pass `pass_id`, as of `as_of`.

    `form` names what its answers look like. What was written before `started_at`, the real clock, is in it.
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
        """The day of the pass, which the ledger is partitioned by."""
        if self.pass_id == BEFORE_ALL:
            return date.min
        return datetime.strptime(self.pass_id[:8], "%Y%m%d").date()  # noqa: DTZ007 -- a day, no time
