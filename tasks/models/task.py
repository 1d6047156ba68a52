"""Tasks."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Self

from pynamodb.attributes import (
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.expressions.condition import Condition

from tasks.models import keys
from tasks.models.item import InstantAttribute, Record, StartKey

Bounds = tuple[Any, Any]


class Task(Record, discriminator="task"):
    """A task. A deleted task remains as a tombstone without its texts until `expires_at` (epoch seconds)."""

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

    # Queries

    @classmethod
    def find(cls, sub: str, task_id: str) -> Self | None:
        """Returns the user's task by a strong read; None if it doesn't exist or is deleted."""
        try:
            task = cls.get(keys.user_pk(sub), keys.task_sk(task_id), consistent_read=True)
        except cls.DoesNotExist:
            return None
        return None if task.deleted_at else task

    @classmethod
    def query_page(
        cls,
        sub: str,
        *,
        index: str | None = None,
        between: Bounds = (None, None),
        condition: Condition | None = None,
        ascending: bool = False,
        limit: int | None = None,
        start: StartKey | None = None,
        with_deleted: bool = False,
        consistent: bool = False,
    ) -> "tuple[list[Task], StartKey | None]":
        """Runs one Query; returns the tasks it finds and the start key of the next Query, None at the end.

        `index` names the attribute to order by, None the id; `between` bounds it, both ends included. `limit` counts
        the tasks read, not those that pass `condition`. Only Queries without an index can be `consistent`.
        """
        if not with_deleted:
            absent = cls.deleted_at.does_not_exist()
            condition = absent if condition is None else absent & condition
        found = cls.query(
            keys.user_pk(sub),
            _key_range(index, between),
            condition,
            index_name=f"by_{index}" if index else None,
            scan_index_forward=ascending,
            page_size=limit,
            consistent_read=consistent,
            last_evaluated_key=start and {"PK": {"S": keys.user_pk(sub)}, **start},
        )
        page: Any = next(found.page_iter)
        last = page.get("LastEvaluatedKey")
        tasks = [cls.from_raw_data(raw) for raw in page["Items"]]
        return tasks, last and {name: value for name, value in last.items() if name != "PK"}

    def start_after(self, index: str | None) -> StartKey:
        """Returns the key from which a Query over the index continues after this task."""
        raw = self.serialize()
        return {name: raw[name] for name in ("SK", index) if name}

    @classmethod
    def all_of(cls, sub: str) -> "Iterator[Task]":
        """Yields all of the user's tasks and tombstones, by strong reads."""
        return cls.query(keys.user_pk(sub), cls.SK.startswith(keys.TASK_PREFIX), consistent_read=True)

    @classmethod
    def imported(cls, sub: str) -> "Iterator[Task]":
        """Yields all of the user's tasks and tombstones with only the keys, `imported_rows` and the times."""
        return cls.query(
            keys.user_pk(sub),
            cls.SK.startswith(keys.TASK_PREFIX),
            consistent_read=True,
            attributes_to_get=["PK", "SK", "entity", "imported_rows", "changed_at", "updated_at"],
        )

    @classmethod
    def has_imported(cls, sub: str, task_id: str, imported_row: str) -> bool:
        """Whether the row has been imported into the task, deleted or not."""
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


def _key_range(index: str | None, between: Bounds) -> Condition | None:
    """Returns the key condition: all tasks, or those within the bounds."""
    if index is None:
        return Task.SK.startswith(keys.TASK_PREFIX)
    key: Any = getattr(Task, index)
    low, high = between
    condition: Condition | None = None
    if low is not None:
        condition = key >= low if high is None else key.between(low, high)
    elif high is not None:
        condition = key <= high
    return condition
