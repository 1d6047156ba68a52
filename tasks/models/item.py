"""What all items have, and how one is written."""

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from pynamodb.attributes import (
    Attribute,
    DiscriminatorAttribute,
    NumberAttribute,
    UnicodeAttribute,
)
from pynamodb.constants import ALL_NEW, ALL_OLD, ATTRIBUTES, PUT_ITEM, RETURN_VALUES, STRING, UPDATE_ITEM
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

from tasks.models import retrying
from tasks.models.instants import format_instant, parse_instant

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
class WriteContext:
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


class ByUpdatedAt(GlobalSecondaryIndex["Item"]):  # type: ignore[no-untyped-call]  # PynamoDB's hook
    """A user's tasks in the order of their last write."""

    class Meta:
        index_name = "by_updated_at"
        projection = AllProjection()

    PK = UnicodeAttribute(hash_key=True)
    updated_at = InstantAttribute(range_key=True)


class ByDueDate(GlobalSecondaryIndex["Item"]):  # type: ignore[no-untyped-call]  # PynamoDB's hook
    """A user's tasks by due date; those without one are not in it."""

    class Meta:
        index_name = "by_due_date"
        projection = AllProjection()

    PK = UnicodeAttribute(hash_key=True)
    due_date = UnicodeAttribute(range_key=True)


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

    # The table's, so that the one connection, which is made on this class, knows them.
    by_updated_at = ByUpdatedAt()
    by_due_date = ByDueDate()


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
    def written_in(cls, pk: str, sk: str, context: WriteContext, **values: Any) -> Self:
        """A new item, not yet stored."""
        return cls(
            pk,
            sk,
            version=1,
            updated_at=context.now,
            stored_changed_at=context.stored_changed_at,
            stored_actor=context.stored_actor,
            correlation_id=context.correlation_id,
            write_id=context.write_id,
            **values,
        )

    # Mutators

    def insert(self) -> None:
        """Stores a new item. Raises ConditionFailedError if there is another with this key."""
        request = self.get_save_kwargs_from_instance(
            condition=type(self).PK.does_not_exist(), return_values_on_condition_failure=ALL_OLD
        )
        try:
            dispatch(PUT_ITEM, request)
        except ConditionFailedError as error:
            if not _is_own(error.found, self.write_id):
                raise

    def touch(self, context: WriteContext) -> None:
        """What `change` does to the item in the table, done to this one, which is not stored."""
        self.version += 1
        self.updated_at = context.now
        self.stored_changed_at = context.stored_changed_at
        self.stored_actor = context.stored_actor
        self.correlation_id = context.correlation_id
        self.write_id = context.write_id

    @classmethod
    def change(
        cls, pk: str, sk: str, *, context: WriteContext, actions: Sequence[Action], condition: Condition | None = None
    ) -> Self:
        """Changes a stored item in one call, without reading it, and returns it as it is then.

        Raises ConditionFailedError if there is none or `condition` does not hold.
        """
        expected: Condition = cls.version.exists() & (
            cls.write_id.does_not_exist() | (cls.write_id != context.write_id)
        )
        request = cls(pk, sk).get_update_kwargs_from_instance(
            actions=[*actions, *cls._context_actions(context)],
            condition=expected if condition is None else expected & condition,
            return_values_on_condition_failure=ALL_OLD,
        )
        try:
            answer = dispatch(UPDATE_ITEM, {**request, RETURN_VALUES: ALL_NEW})
        except ConditionFailedError as error:
            if isinstance(error.found, cls) and _is_own(error.found, context.write_id):
                return error.found
            raise
        return cls.from_raw_data(answer[ATTRIBUTES])

    @classmethod
    def _context_actions(cls, context: WriteContext) -> list[Action]:
        return [
            cls.version.add(1),
            cls.updated_at.set(context.now),
            assignment(cls.stored_changed_at, context.stored_changed_at),
            assignment(cls.stored_actor, context.stored_actor),
            assignment(cls.correlation_id, context.correlation_id),
            cls.write_id.set(context.write_id),
        ]

    # Properties

    @property
    def changed_at(self) -> datetime:
        return self.stored_changed_at or self.updated_at

    @property
    def actor(self) -> str:
        return self.stored_actor or API


def assignment(attribute: Attribute[Any], value: Any) -> Action:
    """Sets the attribute, or removes it when the value is None."""
    return attribute.remove() if value is None else attribute.set(value)


def _is_own(found: Item | None, write_id: str | None) -> bool:
    return isinstance(found, Record) and found.write_id == write_id


def dispatch(operation: str, request: dict[str, Any]) -> Any:
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


def _connect() -> None:
    """One connection, hence one client, for all the items: made on the base, subclasses inherit it.

    botocore composes its name for every call, which takes a tenth of a request; here it does so once.
    """
    session = Item._get_connection().connection.session
    session.set_default_client_config(Config(user_agent=session.user_agent()))


_connect()
