"""Responses kept for Idempotency-Keys."""

from typing import Any, Self

from pynamodb.attributes import (
    BinaryAttribute,
    NumberAttribute,
    UnicodeAttribute,
)
from pynamodb.constants import ALL_OLD, PUT_ITEM
from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from tasks.models import keys
from tasks.models.item import ConditionFailedError, ConflictError, Item, Record, dispatch


class KeyTakenError(Exception):
    """The key has a response."""

    def __init__(self, response: "StoredResponse") -> None:
        super().__init__()
        self.response = response


class StoredResponse(Item, discriminator="idempotency"):
    """The response to a write that came with an Idempotency-Key, kept until `expires_at` (epoch seconds).

    `fingerprint` tells the request that the key belongs to; `body` is zlib-compressed JSON.
    """

    fingerprint = UnicodeAttribute()
    status = NumberAttribute(null=True)
    headers = UnicodeAttribute(null=True)
    body = BinaryAttribute(legacy_encoding=False, null=True)
    expires_at = NumberAttribute()

    # Factories

    @classmethod
    def kept(cls, sub: str, key: str, *, fingerprint: str, expires_at: int, **response: Any) -> Self:
        """A new record, not yet stored."""
        return cls(
            keys.user_pk(sub), keys.idempotency_sk(key), fingerprint=fingerprint, expires_at=expires_at, **response
        )

    # Mutators

    def store_with(self, record: Record, condition: Condition, now: int) -> None:
        """Writes the record and this response to it in one transaction, unless a live response to the key is there.

        Raises KeyTakenError with that response, ConditionFailedError, ConflictError.
        """
        connection = Item._get_connection().connection
        try:
            with TransactWrite(connection=connection) as transaction:
                transaction.save(record, condition=condition, return_values=ALL_OLD)
                transaction.save(self, condition=_free_key(now), return_values=ALL_OLD)
        except TransactWriteError as error:
            raise _transaction_error(error) from error

    def store(self, now: int) -> None:
        """Writes this record. Raises KeyTakenError with the live one that is there."""
        self._put(_free_key(now))

    def store_if_unanswered(self, now: int) -> None:
        """Writes this record over one that claims the key. Raises KeyTakenError with one that has a response."""
        self._put(_free_key(now) | StoredResponse.status.does_not_exist())

    def _put(self, condition: Condition) -> None:
        request = self.get_save_kwargs_from_instance(condition=condition, return_values_on_condition_failure=ALL_OLD)
        try:
            dispatch(PUT_ITEM, request)
        except ConditionFailedError as error:
            if isinstance(error.found, StoredResponse):
                raise KeyTakenError(error.found) from error
            raise

    # Queries

    @classmethod
    def find_with(cls, sub: str, key: str, sk: str) -> "tuple[Item | None, StoredResponse | None]":
        """The user's item with this sort key and the response to this key, in one strong read."""
        pk, key_sk = keys.user_pk(sub), keys.idempotency_sk(key)
        found = {item.SK: item for item in Item.batch_get([(pk, sk), (pk, key_sk)], consistent_read=True)}
        response = found.get(key_sk)
        return found.get(sk), response if isinstance(response, StoredResponse) else None


def _free_key(now: int) -> Condition:
    """TTL deletes late, so expiry is part of the condition."""
    free: Condition = StoredResponse.PK.does_not_exist() | (StoredResponse.expires_at <= now)
    return free


def _transaction_error(error: TransactWriteError) -> Exception:
    """What a cancelled transaction of a record (first) and a keyed response (second) means."""
    reasons = list(error.cancellation_reasons)
    codes = {reason.code for reason in reasons if reason}
    taken = reasons[1] if reasons else None
    if taken and taken.raw_item:
        return KeyTakenError(StoredResponse.from_raw_data(taken.raw_item))
    if "TransactionConflict" in codes:
        return ConflictError()
    if codes == {"ConditionalCheckFailed"}:
        raw = reasons[0].raw_item if reasons[0] else None
        return ConditionFailedError(Item.from_raw_data(raw) if raw else None)
    return error
