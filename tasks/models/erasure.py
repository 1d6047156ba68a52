"""Erasures: the accounts to erase, in the table and in the lake."""

from collections.abc import Iterator
from datetime import datetime

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from tasks.models import keys
from tasks.models.item import InstantAttribute, Item, StartKey
from tasks.models.user import Tombstone, User

CONDITION_FAILED = "ConditionalCheckFailed"


class Erasure(Item, discriminator="erasure"):
    """One account's erasure, listed for the lake until `expires_at` (epoch seconds).

    `sub` is removed when no more items of the account can appear; only counts and times remain.
    """

    user_key = UnicodeAttribute()
    sub = UnicodeAttribute(null=True)
    requested_at = InstantAttribute()
    finished_at = InstantAttribute(null=True)
    deleted_items = NumberAttribute(default=0)
    expires_at = NumberAttribute()

    # Factories

    @classmethod
    def begin(
        cls, sub: str, user_key: str, *, now: datetime, tombstone_until: datetime, listed_until: datetime
    ) -> bool:
        """Replaces the profile with a tombstone and lists the erasure, in one transaction. False if already done."""
        tombstone = Tombstone(keys.user_pk(sub), keys.PROFILE, expires_at=int(tombstone_until.timestamp()))
        erasure = cls(
            keys.ERASURES,
            keys.erasure_sk(user_key),
            user_key=user_key,
            sub=sub,
            requested_at=now,
            expires_at=int(listed_until.timestamp()),
        )
        living = Item.PK.does_not_exist() | Item.entity.is_in(User)
        try:
            with TransactWrite(connection=Item._get_connection().connection) as transaction:
                transaction.save(tombstone, condition=living)
                transaction.save(erasure)
        except TransactWriteError as error:
            reasons = [reason.code for reason in error.cancellation_reasons if reason]
            if reasons == [CONDITION_FAILED]:
                return False
            raise
        return True

    # Mutators

    def note(self, *, deleted: int, finished_at: datetime | None) -> None:
        """Adds to the receipt. `finished_at` also removes `sub`, after which nothing identifies the user."""
        actions: list[Action] = [Erasure.deleted_items.add(deleted)]
        if finished_at:
            actions += [Erasure.sub.remove(), Erasure.finished_at.set(finished_at)]
        self.update(actions=actions, condition=Erasure.PK.exists())

    # Queries

    @classmethod
    def listed(cls) -> "Iterator[Erasure]":
        return cls.query(keys.ERASURES, consistent_read=True)


def remaining_keys(pk: str) -> Iterator[list[tuple[str, str]]]:
    """Yields the keys of a partition's items, one Query at a time, except the profile or its tombstone."""
    start: StartKey | None = None
    while True:
        found = Item._get_connection().query(
            pk, attributes_to_get=["PK", "SK"], consistent_read=True, exclusive_start_key=start
        )
        yield [(raw["PK"]["S"], raw["SK"]["S"]) for raw in found["Items"] if raw["SK"]["S"] != keys.PROFILE]
        start = found.get("LastEvaluatedKey")
        if start is None:
            return


def delete(wanted: list[tuple[str, str]]) -> None:
    """Deletes up to 25 items in one call; retries the ones that DynamoDB leaves unprocessed."""
    with Item.batch_write() as batch:
        for pk, sk in wanted:
            batch.delete(Item(pk, sk))
