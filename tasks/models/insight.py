"""Published insights."""

import time
from collections.abc import Mapping
from typing import Self

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from tasks.models import keys, retrying
from tasks.models.erasure import CONDITION_FAILED, Erasure, delete, remaining_keys
from tasks.models.item import Item

TRANSIENT_CODES = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})


class Insight(Item, discriminator="insight"):
    """A published insight: `payload` is the zlib-compressed JSON body, `as_of` the pass it comes from.

    `total` is the number of entries, of which the body has the first ones; None for insights with periods.
    """

    as_of = UnicodeAttribute()
    payload = BinaryAttribute(legacy_encoding=False)
    total = NumberAttribute(null=True)

    # Mutators

    @classmethod
    def publish(
        cls, user_key: str, *, as_of: str, payloads: Mapping[str, bytes], totals: Mapping[str, int] | None = None
    ) -> bool:
        """Replaces the user's insights in one transaction, so that readers never see a mix of old and new ones.

        Writes nothing and returns False if the account is listed as erased.
        """
        pk, totals = keys.insights_pk(user_key), totals or {}
        items = [
            cls(pk, keys.insight_sk(name), as_of=as_of, payload=payload, total=totals.get(name))
            for name, payload in payloads.items()
        ]
        for pause in retrying.pauses():
            try:
                _save_unless_erased(user_key, items)
            except TransactWriteError as error:
                reasons = {reason.code for reason in error.cancellation_reasons if reason}
                if CONDITION_FAILED in reasons:
                    return False
                if pause is None or not reasons & TRANSIENT_CODES:
                    raise
                time.sleep(pause)
            else:
                return True
        raise AssertionError("the last pause is None")

    @classmethod
    def delete_published(cls, user_key: str) -> int:
        """Deletes all published insights of a user and returns their number."""
        deleted = 0
        for found in remaining_keys(keys.insights_pk(user_key)):
            delete(found)
            deleted += len(found)
        return deleted

    # Queries

    @classmethod
    def find(cls, user_key: str, name: str) -> Self | None:
        try:
            return cls.get(keys.insights_pk(user_key), keys.insight_sk(name))
        except cls.DoesNotExist:
            return None

    @classmethod
    def all_of(cls, user_key: str) -> "dict[str, bytes]":
        """Returns the payloads of all published insights of a user, by name."""
        return {keys.insight_of(item.SK): item.payload for item in cls.query(keys.insights_pk(user_key))}


def _save_unless_erased(user_key: str, items: list[Insight]) -> None:
    with TransactWrite(connection=Item._get_connection().connection) as transaction:
        transaction.condition_check(
            Erasure, keys.ERASURES, keys.erasure_sk(user_key), condition=Erasure.PK.does_not_exist()
        )
        for item in items:
            transaction.save(item)
