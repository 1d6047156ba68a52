"""Published insights."""

from collections.abc import Mapping
from typing import Self

from pynamodb.attributes import (
    BinaryAttribute,
    UnicodeAttribute,
)
from pynamodb.transactions import TransactWrite

from tasks import keys
from tasks.models.item import Item


class Insight(Item, discriminator="insight"):
    """A published answer: `payload` is the zlib-compressed JSON body, `as_of` the pass it comes from."""

    as_of = UnicodeAttribute()
    payload = BinaryAttribute(legacy_encoding=False)

    # Mutators

    @classmethod
    def publish(cls, user_key: str, *, as_of: str, payloads: Mapping[str, bytes]) -> None:
        """Replaces the user's answers in one transaction, so that readers see only old or only new ones."""
        pk = keys.insights_pk(user_key)
        with TransactWrite(connection=cls._get_connection().connection) as transaction:
            for name, payload in payloads.items():
                transaction.save(cls(pk, keys.insight_sk(name), as_of=as_of, payload=payload))

    # Queries

    @classmethod
    def find(cls, user_key: str, name: str) -> Self | None:
        try:
            return cls.get(keys.insights_pk(user_key), keys.insight_sk(name))
        except cls.DoesNotExist:
            return None

    @classmethod
    def all_of(cls, user_key: str) -> "dict[str, bytes]":
        """The payloads of all that is published of a user, by name."""
        return {keys.insight_of(item.SK): item.payload for item in cls.query(keys.insights_pk(user_key))}
