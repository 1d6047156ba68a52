"""Items of the one table. Nobody else saves, updates or builds a key."""

import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from pynamodb.attributes import (
    Attribute,
    BinaryAttribute,
    DiscriminatorAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.constants import ALL_NEW, ALL_OLD, ATTRIBUTES, PUT_ITEM, RETURN_VALUES, STRING, UPDATE_ITEM
from pynamodb.exceptions import TransactWriteError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from tasks import keys, retrying
from tasks.instants import format_instant, parse_instant

API = "api"  # the actor of all writes but an import's

StartKey = dict[str, dict[str, Any]]


class ConditionFailedError(Exception):
    """The item was not in the state that the write asked for; nothing was written.

    `found` is the item as it is, None if there is none or it is not known.
    """

    def __init__(self, found: "Item | None" = None) -> None:
        super().__init__()
        self.found = found


class ConflictError(Exception):
    """Another transaction holds the item just now; nothing was written."""


class InstantAttribute(Attribute[datetime]):
    """A time of fixed width, so that strings sort as times do."""

    attr_type = STRING

    def serialize(self, value: datetime) -> str:
        return format_instant(value)

    def deserialize(self, value: str) -> datetime:
        return parse_instant(value)


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who writes, and when: put on the item by every write.

    `now` is the real clock; `changed_at`, when the change happened to its user, equals it but in an import.
    `write_id` is this write's alone: by it a repeated try finds that an earlier one, whose answer was lost, succeeded.
    """

    now: datetime
    changed_at: datetime
    actor: str = API
    correlation_id: str | None = None
    write_id: str = field(default_factory=lambda: secrets.token_urlsafe(9))

    @property
    def stored_changed_at(self) -> datetime | None:
        return None if self.changed_at == self.now else self.changed_at

    @property
    def stored_actor(self) -> str | None:
        return None if self.actor == API else self.actor


class Item(Model):
    """What every item has: the table's key and the discriminator `entity`."""

    class Meta:
        table_name = settings.TABLE_NAME
        region = settings.REGION
        connect_timeout_seconds = 2
        read_timeout_seconds = 5
        max_retry_attempts = 2
        max_pool_connections = 20

    PK = UnicodeAttribute(hash_key=True)
    SK = UnicodeAttribute(range_key=True)
    entity = DiscriminatorAttribute()


class Record(Item):
    """An item that people change; each write counts its version up by one and leaves one change event.

    What the rest of the item tells is not stored: a write of the API has no `actor` and no `changed_at` of its own.
    """

    version = NumberAttribute()
    updated_at = InstantAttribute()
    stored_changed_at = InstantAttribute(attr_name="changed_at", null=True)
    stored_actor = UnicodeAttribute(attr_name="actor", null=True)
    correlation_id = UnicodeAttribute(null=True)
    write_id = UnicodeAttribute(null=True)

    # Factories

    @classmethod
    def stamped(cls, pk: str, sk: str, stamp: Stamp, **values: Any) -> Self:
        """A new item, not yet stored."""
        return cls(
            pk,
            sk,
            version=1,
            updated_at=stamp.now,
            stored_changed_at=stamp.stored_changed_at,
            stored_actor=stamp.stored_actor,
            correlation_id=stamp.correlation_id,
            write_id=stamp.write_id,
            **values,
        )

    # Mutators

    def insert(self) -> None:
        """Stores a new item. Raises ConditionFailedError if there is another with this key."""
        request = self.get_save_kwargs_from_instance(
            condition=type(self).PK.does_not_exist(), return_values_on_condition_failure=ALL_OLD
        )
        try:
            _dispatch(PUT_ITEM, request)
        except ConditionFailedError as error:
            if not _is_own(error.found, self.write_id):
                raise

    def restamp(self, stamp: Stamp) -> None:
        """What `change` does to the item in the table, done to this one, which is not stored."""
        self.version += 1
        self.updated_at = stamp.now
        self.stored_changed_at = stamp.stored_changed_at
        self.stored_actor = stamp.stored_actor
        self.correlation_id = stamp.correlation_id
        self.write_id = stamp.write_id

    @classmethod
    def change(
        cls, pk: str, sk: str, *, stamp: Stamp, actions: Sequence[Action], condition: Condition | None = None
    ) -> Self:
        """Changes a stored item in one call, without reading it, and returns it as it is then.

        Raises ConditionFailedError if there is none or `condition` does not hold.
        """
        expected: Condition = cls.PK.exists() & (cls.write_id.does_not_exist() | (cls.write_id != stamp.write_id))
        request = cls(pk, sk).get_update_kwargs_from_instance(
            actions=[*actions, *cls._stamp_actions(stamp)],
            condition=expected if condition is None else expected & condition,
            return_values_on_condition_failure=ALL_OLD,
        )
        try:
            answer = _dispatch(UPDATE_ITEM, {**request, RETURN_VALUES: ALL_NEW})
        except ConditionFailedError as error:
            if isinstance(error.found, cls) and _is_own(error.found, stamp.write_id):
                return error.found
            raise
        return cls.from_raw_data(answer[ATTRIBUTES])

    @classmethod
    def _stamp_actions(cls, stamp: Stamp) -> list[Action]:
        return [
            cls.version.add(1),
            cls.updated_at.set(stamp.now),
            assignment(cls.stored_changed_at, stamp.stored_changed_at),
            assignment(cls.stored_actor, stamp.stored_actor),
            assignment(cls.correlation_id, stamp.correlation_id),
            cls.write_id.set(stamp.write_id),
        ]

    # Properties

    @property
    def changed_at(self) -> datetime:
        return self.stored_changed_at or self.updated_at

    @property
    def actor(self) -> str:
        return self.stored_actor or API


class ByUpdatedAt(GlobalSecondaryIndex["Task"]):  # type: ignore[no-untyped-call]  # PynamoDB's hook
    """A user's tasks in the order of their last write."""

    class Meta:
        index_name = "by_updated_at"
        projection = AllProjection()

    PK = UnicodeAttribute(hash_key=True)
    updated_at = InstantAttribute(range_key=True)


class ByDueDate(GlobalSecondaryIndex["Task"]):  # type: ignore[no-untyped-call]  # PynamoDB's hook
    """A user's tasks by due date; those without one are not in it."""

    class Meta:
        index_name = "by_due_date"
        projection = AllProjection()

    PK = UnicodeAttribute(hash_key=True)
    due_date = UnicodeAttribute(range_key=True)


class Task(Record, discriminator="task"):
    """A task. A deleted one stays as a trace without its texts until `expires_at` (epoch seconds)."""

    title = UnicodeAttribute(null=True)
    description = UnicodeAttribute(null=True)
    status = UnicodeAttribute()
    priority = UnicodeAttribute()
    category = UnicodeAttribute(null=True)
    due_date = UnicodeAttribute(null=True)
    started_at = InstantAttribute(null=True)
    completed_at = InstantAttribute(null=True)
    deleted_at = InstantAttribute(null=True)
    expires_at = NumberAttribute(null=True)
    imported_rows = UnicodeSetAttribute(null=True)

    by_updated_at = ByUpdatedAt()
    by_due_date = ByDueDate()

    # Queries

    @classmethod
    def find(cls, sub: str, task_id: str) -> Self | None:
        """The user's task as of now (a strong read), or None; a deleted one is none."""
        try:
            task = cls.get(keys.user_pk(sub), keys.task_sk(task_id), consistent_read=True)
        except cls.DoesNotExist:
            return None
        return None if task.deleted_at else task

    @classmethod
    def page(cls, sub: str, *, size: int, start: StartKey | None = None) -> "tuple[list[Task], StartKey | None]":
        """One Query's worth of the user's tasks, newest first, and where the next begins (None: at the end).

        Deleted tasks count towards `size` but are left out, so a page may be shorter.
        """
        found = cls.query(
            keys.user_pk(sub),
            cls.SK.startswith(keys.TASK_PREFIX),
            cls.deleted_at.does_not_exist(),
            scan_index_forward=False,
            page_size=size,
            last_evaluated_key=start,
        )
        page: Any = next(found.page_iter)
        return [cls.from_raw_data(raw) for raw in page["Items"]], page.get("LastEvaluatedKey")

    @classmethod
    def imported(cls, sub: str) -> "Iterator[Task]":
        """All of the user's tasks, deleted ones too, with nothing but the keys, `imported_rows` and the times."""
        return cls.query(
            keys.user_pk(sub),
            cls.SK.startswith(keys.TASK_PREFIX),
            consistent_read=True,
            attributes_to_get=["PK", "SK", "entity", "imported_rows", "changed_at", "updated_at"],
        )

    @classmethod
    def has_noted(cls, sub: str, task_id: str, imported_row: str) -> bool:
        """Whether the task, deleted or not, has the row among its imported ones."""
        try:
            task = cls.get(keys.user_pk(sub), keys.task_sk(task_id), consistent_read=True)
        except cls.DoesNotExist:
            return False
        return imported_row in (task.imported_rows or ())

    # Properties

    @property
    def id(self) -> str:
        return keys.task_id_of(self.SK)

    @property
    def created_at(self) -> datetime:
        return keys.creation_of(self.id)


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


class KeyedAnswer(Item, discriminator="idempotency"):
    """The answer to a write that came with an Idempotency-Key, kept until `expires_at` (epoch seconds).

    `fingerprint` tells the request that the key belongs to; `body` is zlib-compressed JSON.
    """

    fingerprint = UnicodeAttribute()
    status = NumberAttribute(null=True)
    headers = UnicodeAttribute(null=True)
    body = BinaryAttribute(legacy_encoding=False, null=True)
    expires_at = NumberAttribute()

    # Factories

    @classmethod
    def kept(cls, sub: str, key: str, *, fingerprint: str, expires_at: int, **answer: Any) -> Self:
        """A new record, not yet stored."""
        return cls(
            keys.user_pk(sub), keys.idempotency_sk(key), fingerprint=fingerprint, expires_at=expires_at, **answer
        )

    # Mutators

    def store_with(self, record: Record, condition: Condition, now: int) -> None:
        """Writes the record and this answer to it in one transaction, unless a live answer to the key is there.

        Raises KeyTakenError with that answer, ConditionFailedError, ConflictError.
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
        """Writes this record over one that claims the key. Raises KeyTakenError with one that has an answer."""
        self._put(_free_key(now) | KeyedAnswer.status.does_not_exist())

    def _put(self, condition: Condition) -> None:
        request = self.get_save_kwargs_from_instance(condition=condition, return_values_on_condition_failure=ALL_OLD)
        try:
            _dispatch(PUT_ITEM, request)
        except ConditionFailedError as error:
            if isinstance(error.found, KeyedAnswer):
                raise KeyTakenError(error.found) from error
            raise

    # Queries

    @classmethod
    def find_with(cls, sub: str, key: str, sk: str) -> "tuple[Item | None, KeyedAnswer | None]":
        """The user's item with this sort key and the answer to this key, in one strong read."""
        pk, key_sk = keys.user_pk(sub), keys.idempotency_sk(key)
        found = {item.SK: item for item in Item.batch_get([(pk, sk), (pk, key_sk)], consistent_read=True)}
        answer = found.get(key_sk)
        return found.get(sk), answer if isinstance(answer, KeyedAnswer) else None


class KeyTakenError(Exception):
    """The key has an answer."""

    def __init__(self, answer: KeyedAnswer) -> None:
        super().__init__()
        self.answer = answer


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


def assignment(attribute: Attribute[Any], value: Any) -> Action:
    """Sets the attribute, or removes it when the value is None."""
    return attribute.remove() if value is None else attribute.set(value)


def _free_key(now: int) -> Condition:
    """TTL deletes late, so expiry is part of the condition."""
    free: Condition = KeyedAnswer.PK.does_not_exist() | (KeyedAnswer.expires_at <= now)
    return free


def _transaction_error(error: TransactWriteError) -> Exception:
    """What a cancelled transaction of a record (first) and a keyed answer (second) means."""
    reasons = list(error.cancellation_reasons)
    codes = {reason.code for reason in reasons if reason}
    taken = reasons[1] if reasons else None
    if taken and taken.raw_item:
        return KeyTakenError(KeyedAnswer.from_raw_data(taken.raw_item))
    if "TransactionConflict" in codes:
        return ConflictError()
    if codes == {"ConditionalCheckFailed"}:
        raw = reasons[0].raw_item if reasons[0] else None
        return ConditionFailedError(Item.from_raw_data(raw) if raw else None)
    return error


def _is_own(found: Item | None, write_id: str | None) -> bool:
    return isinstance(found, Record) and found.write_id == write_id


def _dispatch(operation: str, request: dict[str, Any]) -> Any:
    """Sends a write to one item; a conflict with a transaction is tried again, as DynamoDB asks for.

    Raises ConditionFailedError, and PynamoDB's UpdateError for all else.
    """
    for pause in retrying.pauses():
        try:
            return Item._get_connection().connection.dispatch(operation, dict(request))
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code == "ConditionalCheckFailedException":
                raise ConditionFailedError(_item_found(error)) from error
            if code != "TransactionConflictException" or pause is None:
                raise UpdateError("The write failed.", error) from error
            time.sleep(pause)
        except BotoCoreError as error:
            raise UpdateError("The write failed.", error) from error
    raise AssertionError("the last pause is None")


def _item_found(error: ClientError) -> Item | None:
    """The item that a failed condition was tested on; PynamoDB keeps DynamoDB's own error as the cause."""
    raw = getattr(error.__cause__, "response", {}).get("Item")
    return Item.from_raw_data(raw) if raw else None


# One connection, hence one client, for all the items: made on the base, subclasses inherit it.
Item._get_connection()
