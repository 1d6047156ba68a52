"""The bases of all items, and the calls that write them."""

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

API = "api"  # the actor of all writes except imports

StartKey = dict[str, dict[str, Any]]


class ConditionFailedError(Exception):
    """The item was not in the state that the write required; nothing was written.

    `found` is the current item, None if it doesn't exist or is unknown.
    """

    def __init__(self, found: "Item | None" = None) -> None:
        super().__init__()
        self.found = found


class ConflictError(Exception):
    """A concurrent transaction holds the item; nothing was written."""


class InstantAttribute(Attribute[datetime]):
    """A time, stored with a fixed width so that text order is time order."""

    attr_type = STRING

    def serialize(self, value: datetime) -> str:
        return format_instant(value)

    def deserialize(self, value: str) -> datetime:
        return parse_instant(value)


@dataclass(frozen=True, slots=True)
class WriteContext:
    """The writer and the time of a write, stored on the item.

    `now` is the real clock. `changed_at` is when the user made the change, which differs only in imports. `write_id` is
    unique to the write: a retry recognizes by it that an earlier attempt succeeded although its response was lost.
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
    """A user's tasks by due date, without the tasks that have none."""

    class Meta:
        index_name = "by_due_date"
        projection = AllProjection()

    PK = UnicodeAttribute(hash_key=True)
    due_date = UnicodeAttribute(range_key=True)


class Item(Model):
    """The base of all items: the table's key and the discriminator `entity`."""

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

    # Declared here, because the one connection is made on this class and must know the indexes.
    by_updated_at = ByUpdatedAt()
    by_due_date = ByDueDate()


class Record(Item):
    """An item that users change. Each write increments its version and produces one change event.

    Defaults are not stored: a write by the API has no `actor`, and no `changed_at`, which equals `updated_at`.
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
        """Builds a new item without storing it."""
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
        """Stores a new item. Raises ConditionFailedError if one with this key exists."""
        request = self.get_save_kwargs_from_instance(
            condition=type(self).PK.does_not_exist(), return_values_on_condition_failure=ALL_OLD
        )
        try:
            dispatch(PUT_ITEM, request)
        except ConditionFailedError as error:
            if not _is_own(error.found, self.write_id):
                raise

    def touch(self, context: WriteContext) -> None:
        """Updates this item's version and context as `change` does in the table, without storing it."""
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
        """Changes a stored item in one call, without reading it first, and returns the new item.

        Raises ConditionFailedError if the item doesn't exist or `condition` fails.
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
            response = dispatch(UPDATE_ITEM, {**request, RETURN_VALUES: ALL_NEW})
        except ConditionFailedError as error:
            if isinstance(error.found, cls) and _is_own(error.found, context.write_id):
                return error.found
            raise
        return cls.from_raw_data(response[ATTRIBUTES])

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
    """Returns the action that sets the attribute, or removes it if the value is None."""
    return attribute.remove() if value is None else attribute.set(value)


def _is_own(found: Item | None, write_id: str | None) -> bool:
    return isinstance(found, Record) and found.write_id == write_id


def dispatch(operation: str, request: dict[str, Any]) -> Any:
    """Sends a write to one item and retries conflicts with transactions, as DynamoDB recommends.

    Raises ConditionFailedError, and PynamoDB's UpdateError for any other failure.
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
    """Returns the item that failed the condition; PynamoDB keeps DynamoDB's own error as the cause."""
    raw = getattr(error.__cause__, "response", {}).get("Item")
    return Item.from_raw_data(raw) if raw else None


def _connect() -> None:
    """Creates one connection, and so one client, on the base class, which all items inherit.

    Also composes botocore's user agent once: doing so for every call takes a tenth of a request's time.
    """
    session = Item._get_connection().connection.session
    session.set_default_client_config(Config(user_agent=session.user_agent()))


_connect()
