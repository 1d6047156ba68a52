"""Writes with business rules. Each is one call to the table; `context` holds the writer and the time."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from rest_framework.exceptions import APIException

from tasks.exceptions import AccountErased, ProfileExists, ProfileNotFound, TaskExists, TaskNotFound, VersionMismatch
from tasks.models import ConditionFailedError, Item, Task, Tombstone, User, WriteContext, assignment, keys
from tasks.models.instants import TOMBSTONE_LIFETIME
from tasks.models.lifecycle import LIFECYCLE, Time

# The versions of a task that a write accepts; None: any.
Versions = Collection[int] | None


@dataclass(frozen=True, slots=True)
class Assignment:
    """A new value of a task's attribute: None removes it; `unless_set` keeps an existing value."""

    name: str
    value: Any
    unless_set: bool = False

    def as_action(self) -> Action:
        """Returns the update action for a task in the table."""
        attribute = getattr(Task, self.name)
        return attribute.set(attribute | self.value) if self.unless_set else assignment(attribute, self.value)

    def apply(self, task: Task) -> None:
        """Assigns the value to a task that was read."""
        if not (self.unless_set and getattr(task, self.name) is not None):
            setattr(task, self.name, self.value)


@dataclass(frozen=True, slots=True)
class TaskChange:
    """A change to an existing task, which must have one of `versions`, if given.

    The same write records `imported_row` on the task, so that no row is applied twice.
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

    def apply_to(self, found: Item | None) -> Task:
        """Applies the change to a task that was read, without storing it. Raises TaskNotFound, VersionMismatch."""
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
            # Without valid versions nothing may match, and no task has version 0.
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
    """Builds a new task without storing it."""
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
    """Stores a new task. Raises TaskExists if one with the given `task_id` exists.

    The same write records `imported_row` on the task.
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
    """Returns a change of the fields in `values` (None clears); lifecycle times follow the status."""
    assignments = [Assignment(name, value) for name, value in values.items()]
    if "status" in values:
        assignments += _lifecycle(values["status"], context)
    return TaskChange(context, tuple(assignments), versions, imported_row)


def task_deletion(*, context: WriteContext, versions: Versions = None, imported_row: str | None = None) -> TaskChange:
    """Returns a change that removes the task's texts; the tombstone that sync needs expires after 30 days."""
    assignments = (
        Assignment("deleted_at", context.changed_at),
        Assignment("expires_at", int((context.now + TOMBSTONE_LIFETIME).timestamp())),
        *(Assignment(text, None) for text in ("title", "description", "category")),
    )
    return TaskChange(context, assignments, versions, imported_row)


def new_profile(*, sub: str, email: str, name: str, time_zone: str = "UTC", context: WriteContext) -> User:
    """Builds a new profile without storing it."""
    values = {"email": email, "name": name, "time_zone": time_zone}
    return User.written_in(keys.user_pk(sub), keys.PROFILE, context, created_at=context.changed_at, **values)


def store_profile(user: User) -> None:
    """Stores a new profile. Raises ProfileExists, AccountErased."""
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
    """Applies the change of `update_profile` to a profile that was read, without storing it."""
    for name, value in values.items():
        setattr(user, name, value)
    user.touch(context)
    return user


def profile_refusal(found: Item | None) -> APIException:
    """Returns the error for creating a profile where `found` exists."""
    return AccountErased() if isinstance(found, Tombstone) else ProfileExists()


def _live_task(found: Item | None, versions: Versions) -> Task:
    """Returns `found` if it is an undeleted task. Raises TaskNotFound, VersionMismatch."""
    if not isinstance(found, Task) or found.deleted_at:
        raise TaskNotFound
    if versions is not None and found.version not in versions:
        raise VersionMismatch
    return found


def _lifecycle(status: str, context: WriteContext) -> list[Assignment]:
    """Returns the assignments to the task's times on entering the status."""
    return [
        Assignment(name, context.changed_at, unless_set=True)
        if effect is Time.NOW_UNLESS_SET
        else Assignment(name, None)
        for name, effect in LIFECYCLE[status].items()
    ]
