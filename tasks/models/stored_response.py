"""Responses stored under Idempotency-Keys."""

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
    """The key is taken by a stored response or a claim."""

    def __init__(self, response: "StoredResponse") -> None:
        super().__init__()
        self.response = response


class StoredResponse(Item, discriminator="idempotency"):
    """The response to a write with an Idempotency-Key, stored until `expires_at` (epoch seconds).

    `fingerprint` identifies the key's request; `body` is zlib-compressed JSON. Without a `status` the key is only
    claimed.
    """

    fingerprint = UnicodeAttribute()
    status = NumberAttribute(null=True)
    headers = UnicodeAttribute(null=True)
    body = BinaryAttribute(legacy_encoding=False, null=True)
    expires_at = NumberAttribute()

    # Factories

    @classmethod
    def build(cls, sub: str, key: str, *, fingerprint: str, expires_at: int, **response: Any) -> Self:
        """Builds a new record without storing it."""
        return cls(
            keys.user_pk(sub), keys.idempotency_sk(key), fingerprint=fingerprint, expires_at=expires_at, **response
        )

    # Mutators

    def store_with(self, record: Record, condition: Condition, now: int) -> None:
        """Writes the record and this response to it in one transaction, unless the key has an unexpired response.

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
        """Writes this record. Raises KeyTakenError with the unexpired one of the same key."""
        self._put(_free_key(now))

    def replace_claim(self, now: int) -> None:
        """Replaces the key's claim with this record. Raises KeyTakenError if the key has a response already."""
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
        """Returns the user's item with this sort key and the response under this key, by one strong read."""
        pk, key_sk = keys.user_pk(sub), keys.idempotency_sk(key)
        found = {item.SK: item for item in Item.batch_get([(pk, sk), (pk, key_sk)], consistent_read=True)}
        response = found.get(key_sk)
        return found.get(sk), response if isinstance(response, StoredResponse) else None


def _free_key(now: int) -> Condition:
    """The condition that the key has no unexpired record; TTL deletes late, so it checks the expiry."""
    free: Condition = StoredResponse.PK.does_not_exist() | (StoredResponse.expires_at <= now)
    return free


def _transaction_error(error: TransactWriteError) -> Exception:
    """Translates the cancellation of a transaction of a record (first) and a stored response (second)."""
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
