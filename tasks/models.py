"""Items of the one table. Nobody else saves, updates or builds a key."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from django.conf import settings
from pynamodb.attributes import (
    Attribute,
    BinaryAttribute,
    DiscriminatorAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.constants import STRING
from pynamodb.exceptions import PutError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from tasks import keys
from tasks.instants import format_instant, parse_instant

StartKey = dict[str, dict[str, Any]]


class ConditionFailedError(Exception):
    """The item was not in the state that the write asked for; nothing was written."""


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
    """

    now: datetime
    changed_at: datetime
    actor: str = "api"
    correlation_id: str | None = None


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
    """An item that people change; each write counts its version up by one and leaves one change event."""

    version = NumberAttribute()
    created_at = InstantAttribute()
    updated_at = InstantAttribute()
    changed_at = InstantAttribute()
    actor = UnicodeAttribute()
    correlation_id = UnicodeAttribute(null=True)

    # Factories

    @classmethod
    def stamped(cls, pk: str, sk: str, stamp: Stamp, **values: Any) -> Self:
        """A new item, not yet stored."""
        return cls(
            pk,
            sk,
            version=1,
            created_at=stamp.changed_at,
            updated_at=stamp.now,
            changed_at=stamp.changed_at,
            actor=stamp.actor,
            correlation_id=stamp.correlation_id,
            **values,
        )

    # Mutators

    def insert(self) -> None:
        """Stores a new item. Raises ConditionFailedError if there is one with this key."""
        try:
            self.save(condition=type(self).PK.does_not_exist())
        except PutError as error:
            raise _translated(error) from error

    @classmethod
    def change(
        cls, pk: str, sk: str, *, stamp: Stamp, actions: Sequence[Action], condition: Condition | None = None
    ) -> Self:
        """Changes a stored item in one call, without reading it, and returns it as it is then.

        Raises ConditionFailedError if there is none or `condition` does not hold.
        """
        item = cls(pk, sk)
        exists: Condition = cls.PK.exists()
        try:
            item.update(
                actions=[*actions, *cls._stamp_actions(stamp)],
                condition=exists if condition is None else exists & condition,
            )
        except UpdateError as error:
            raise _translated(error) from error
        return item

    @classmethod
    def _stamp_actions(cls, stamp: Stamp) -> list[Action]:
        return [
            cls.version.add(1),
            cls.updated_at.set(stamp.now),
            cls.changed_at.set(stamp.changed_at),
            cls.actor.set(stamp.actor),
            assignment(cls.correlation_id, stamp.correlation_id),
        ]


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
        """All of the user's tasks, deleted ones too, with nothing but the keys, `imported_rows` and `changed_at`."""
        return cls.query(
            keys.user_pk(sub),
            cls.SK.startswith(keys.TASK_PREFIX),
            consistent_read=True,
            attributes_to_get=["PK", "SK", "entity", "imported_rows", "changed_at"],
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


class User(Record, discriminator="user"):
    """A user's profile; `time_zone` is an IANA name and decides what the user's days are."""

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


def _translated(error: PutError | UpdateError) -> Exception:
    failed = error.cause_response_code == "ConditionalCheckFailedException"
    return ConditionFailedError() if failed else error


# One connection, hence one client, for all the items: made on the base, subclasses inherit it.
Item._get_connection()
