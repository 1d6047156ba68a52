"""Tasks and their two indexes."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Self

from pynamodb.attributes import (
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from tasks import keys
from tasks.models.item import InstantAttribute, Record, StartKey


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
