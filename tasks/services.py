"""Writes that carry a rule. Each is one call to the table; `context` says who writes, and when."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from rest_framework.exceptions import APIException

from tasks.exceptions import AccountErased, ProfileExists, ProfileNotFound, TaskExists, TaskNotFound, VersionMismatch
from tasks.models import ConditionFailedError, Item, Task, Tombstone, User, WriteContext, assignment, keys
from tasks.models.instants import DELETED_KEPT

# The versions of which a task must have one for a write to happen; None: any.
Versions = Collection[int] | None


class Time(Enum):
    """What entering a status does to one of a task's lifecycle times."""

    NOW_UNLESS_SET = "now unless set"
    CLEARED = "cleared"


# `completed_at` is the latest entry into completed from another status, `started_at` the first into in_progress.
LIFECYCLE: Final = {
    "pending": {"completed_at": Time.CLEARED},
    "in_progress": {"completed_at": Time.CLEARED, "started_at": Time.NOW_UNLESS_SET},
    "completed": {"completed_at": Time.NOW_UNLESS_SET},
    "cancelled": {"completed_at": Time.CLEARED},
}


@dataclass(frozen=True, slots=True)
class Assignment:
    """A new value of a task's attribute: None removes it; with `unless_set` a value that is there stays."""

    name: str
    value: Any
    unless_set: bool = False

    def as_action(self) -> Action:
        """For a task in the table, which nobody has read."""
        attribute = getattr(Task, self.name)
        return attribute.set(attribute | self.value) if self.unless_set else assignment(attribute, self.value)

    def apply(self, task: Task) -> None:
        """To a task that was read."""
        if not (self.unless_set and getattr(task, self.name) is not None):
            setattr(task, self.name, self.value)


@dataclass(frozen=True, slots=True)
class TaskChange:
    """A change to a task that exists, with one of `versions` if they are given.

    `imported_row` is noted on the task in the same write, and keeps the row from being applied twice.
    """

    context: WriteContext
    assignments: tuple[Assignment, ...]
    versions: Versions = None
    imported_row: str | None = None

    def store(self, *, sub: str, task_id: str) -> Task:
        """Changes the task in the table, in one call. Raises TaskNotFound, VersionMismatch."""
        actions = [each.as_action() for each in self.assignments]
        if self.imported_row:
            actions.append(Task.imported_rows.add({self.imported_row}))
        pk, sk = keys.user_pk(sub), keys.task_sk(task_id)
        try:
            return Task.change(pk, sk, context=self.context, actions=actions, condition=self._condition())
        except ConditionFailedError as error:
            _live_task(error.found, self.versions)
            raise TaskNotFound from error

    def made_to(self, found: Item | None) -> Task:
        """The change made to the task that was read; not stored. Raises TaskNotFound, VersionMismatch."""
        task = _live_task(found, self.versions)
        for each in self.assignments:
            each.apply(task)
        task.touch(self.context)
        return task

    def _condition(self) -> Condition:
        condition: Condition = Task.deleted_at.does_not_exist()
        if self.imported_row:
            condition &= ~Task.imported_rows.contains(self.imported_row)
        if self.versions is not None:
            # No task has version 0: tags that name no version of ours match none.
            condition &= Task.version.is_in(*(self.versions or {0}))
        return condition


def new_task(
    *,
    sub: str,
    values: Mapping[str, Any],
    context: WriteContext,
    task_id: str | None = None,
    imported_row: str | None = None,
) -> Task:
    """A task that is not yet stored."""
    status = values.get("status", "pending")
    return Task.written_in(
        keys.user_pk(sub),
        keys.task_sk(task_id or keys.new_task_id(context.changed_at)),
        context,
        **{"status": status, "priority": "medium", **values},
        **{each.name: each.value for each in _lifecycle(status, context)},
        imported_rows={imported_row} if imported_row else None,
    )


def create_task(
    *,
    sub: str,
    values: Mapping[str, Any],
    context: WriteContext,
    task_id: str | None = None,
    imported_row: str | None = None,
) -> Task:
    """Stores a new task. Raises TaskExists if there is one with the given `task_id`.

    `imported_row` is noted on the task in the same write.
    """
    task = new_task(sub=sub, values=values, context=context, task_id=task_id, imported_row=imported_row)
    try:
        task.insert()
    except ConditionFailedError as error:
        raise TaskExists from error
    return task


def task_update(
    *, values: Mapping[str, Any], context: WriteContext, versions: Versions = None, imported_row: str | None = None
) -> TaskChange:
    """Changes the fields in `values` (None clears) and keeps the others; lifecycle times follow the status."""
    assignments = [Assignment(name, value) for name, value in values.items()]
    if "status" in values:
        assignments += _lifecycle(values["status"], context)
    return TaskChange(context, tuple(assignments), versions, imported_row)


def task_deletion(*, context: WriteContext, versions: Versions = None, imported_row: str | None = None) -> TaskChange:
    """Removes the task's texts now; the tombstone that sync needs expires after 30 days."""
    assignments = (
        Assignment("deleted_at", context.changed_at),
        Assignment("expires_at", int((context.now + DELETED_KEPT).timestamp())),
        *(Assignment(text, None) for text in ("title", "description", "category")),
    )
    return TaskChange(context, assignments, versions, imported_row)


def new_profile(*, sub: str, email: str, name: str, time_zone: str = "UTC", context: WriteContext) -> User:
    """A profile that is not yet stored."""
    values = {"email": email, "name": name, "time_zone": time_zone}
    return User.written_in(keys.user_pk(sub), keys.PROFILE, context, created_at=context.changed_at, **values)


def store_profile(user: User) -> None:
    """Raises ProfileExists, AccountErased."""
    try:
        user.insert()
    except ConditionFailedError as error:
        raise profile_refusal(error.found) from error


def update_profile(*, sub: str, values: Mapping[str, str], context: WriteContext) -> User:
    """Changes the fields in `values` and keeps the others. Raises ProfileNotFound, AccountErased."""
    actions: list[Action] = [getattr(User, name).set(value) for name, value in values.items()]
    try:
        return User.change(keys.user_pk(sub), keys.PROFILE, context=context, actions=actions)
    except ConditionFailedError as error:
        raise (ProfileNotFound if error.found is None else profile_refusal(error.found)) from error


def updated_profile(user: User, *, values: Mapping[str, str], context: WriteContext) -> User:
    """What `update_profile` makes of a profile that was read, not yet stored."""
    for name, value in values.items():
        setattr(user, name, value)
    user.touch(context)
    return user


def profile_refusal(found: Item | None) -> APIException:
    """Why there can be no new profile where `found` is."""
    return AccountErased() if isinstance(found, Tombstone) else ProfileExists()


def _live_task(found: Item | None, versions: Versions) -> Task:
    """The task, if that is what was found. Raises TaskNotFound, VersionMismatch."""
    if not isinstance(found, Task) or found.deleted_at:
        raise TaskNotFound
    if versions is not None and found.version not in versions:
        raise VersionMismatch
    return found


def _lifecycle(status: str, context: WriteContext) -> list[Assignment]:
    """What entering the status does to the task's times."""
    return [
        Assignment(name, context.changed_at, unless_set=True)
        if effect is Time.NOW_UNLESS_SET
        else Assignment(name, None)
        for name, effect in LIFECYCLE[status].items()
    ]
