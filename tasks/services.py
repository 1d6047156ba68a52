"""Writes that carry a rule. Each is one call to the table; `stamp` says who writes, and when."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from rest_framework.exceptions import APIException

from tasks.exceptions import AccountErased, ProfileExists, ProfileNotFound, TaskExists, TaskNotFound, VersionMismatch
from tasks.models import ConditionFailedError, Item, Stamp, Task, Tombstone, User, assignment, keys
from tasks.models.instants import DELETED_KEPT

# The versions of which a task must have one for a write to happen; None: any.
Versions = Collection[int] | None

FREE_TEXT = (Task.title, Task.description, Task.category)


def new_task(
    *,
    sub: str,
    values: Mapping[str, Any],
    stamp: Stamp,
    task_id: str | None = None,
    imported_row: str | None = None,
) -> Task:
    """A task that is not yet stored."""
    status = values.get("status", "pending")
    return Task.stamped(
        keys.user_pk(sub),
        keys.task_sk(task_id or keys.new_task_id(stamp.changed_at)),
        stamp,
        **{"status": status, "priority": "medium", **values},
        started_at=stamp.changed_at if status == "in_progress" else None,
        completed_at=stamp.changed_at if status == "completed" else None,
        imported_rows={imported_row} if imported_row else None,
    )


def create_task(
    *,
    sub: str,
    values: Mapping[str, Any],
    stamp: Stamp,
    task_id: str | None = None,
    imported_row: str | None = None,
) -> Task:
    """Stores a new task. Raises TaskExists if there is one with the given `task_id`.

    `imported_row` is noted on the task in the same write.
    """
    task = new_task(sub=sub, values=values, stamp=stamp, task_id=task_id, imported_row=imported_row)
    try:
        task.insert()
    except ConditionFailedError as error:
        raise TaskExists from error
    return task


def update_task(
    *,
    sub: str,
    task_id: str,
    values: Mapping[str, Any],
    stamp: Stamp,
    versions: Versions = None,
    imported_row: str | None = None,
) -> Task:
    """Changes the fields in `values` (None clears) and keeps the others; lifecycle times follow the status.

    Raises VersionMismatch if the task has none of `versions`, TaskNotFound, also for an `imported_row` that the
    task has noted before.
    """
    actions = [assignment(getattr(Task, name), value) for name, value in values.items()]
    if "status" in values:
        actions += _lifecycle(values["status"], stamp.changed_at)
    condition = Task.deleted_at.does_not_exist()
    if imported_row:
        actions.append(Task.imported_rows.add({imported_row}))
        condition &= ~Task.imported_rows.contains(imported_row)
    return _change_task(sub, task_id, stamp=stamp, actions=actions, condition=condition, versions=versions)


def updated_task(task: Item | None, *, values: Mapping[str, Any], stamp: Stamp, versions: Versions = None) -> Task:
    """What `update_task` makes of a task that was read, not yet stored. Raises as it does."""
    task = _live_task(task, versions)
    for name, value in values.items():
        setattr(task, name, value)
    if "status" in values:
        at, status = stamp.changed_at, values["status"]
        task.completed_at = (task.completed_at or at) if status == "completed" else None
        if status == "in_progress":
            task.started_at = task.started_at or at
    task.restamp(stamp)
    return task


def delete_task(
    *, sub: str, task_id: str, stamp: Stamp, versions: Versions = None, imported_row: str | None = None
) -> Task:
    """Takes the task from its user: the texts go now, the trace that sync needs goes after 30 days.

    Raises TaskNotFound, VersionMismatch.
    """
    actions: list[Action] = [
        Task.deleted_at.set(stamp.changed_at),
        Task.expires_at.set(_trace_expiry(stamp)),
        *(text.remove() for text in FREE_TEXT),
    ]
    if imported_row:
        actions.append(Task.imported_rows.add({imported_row}))
    exists = Task.deleted_at.does_not_exist()
    return _change_task(sub, task_id, stamp=stamp, actions=actions, condition=exists, versions=versions)


def deleted_task(task: Item | None, *, stamp: Stamp, versions: Versions = None) -> Task:
    """What `delete_task` makes of a task that was read, not yet stored. Raises as it does."""
    task = _live_task(task, versions)
    task.deleted_at = stamp.changed_at
    task.expires_at = _trace_expiry(stamp)
    task.title = task.description = task.category = None
    task.restamp(stamp)
    return task


def new_profile(*, sub: str, email: str, name: str, time_zone: str = "UTC", stamp: Stamp) -> User:
    """A profile that is not yet stored."""
    values = {"email": email, "name": name, "time_zone": time_zone}
    return User.stamped(keys.user_pk(sub), keys.PROFILE, stamp, created_at=stamp.changed_at, **values)


def store_profile(user: User) -> None:
    """Raises ProfileExists, AccountErased."""
    try:
        user.insert()
    except ConditionFailedError as error:
        raise profile_refusal(error.found) from error


def update_profile(*, sub: str, values: Mapping[str, str], stamp: Stamp) -> User:
    """Changes the fields in `values` and keeps the others. Raises ProfileNotFound, AccountErased."""
    actions: list[Action] = [getattr(User, name).set(value) for name, value in values.items()]
    try:
        return User.change(keys.user_pk(sub), keys.PROFILE, stamp=stamp, actions=actions)
    except ConditionFailedError as error:
        raise (ProfileNotFound if error.found is None else profile_refusal(error.found)) from error


def updated_profile(user: User, *, values: Mapping[str, str], stamp: Stamp) -> User:
    """What `update_profile` makes of a profile that was read, not yet stored."""
    for name, value in values.items():
        setattr(user, name, value)
    user.restamp(stamp)
    return user


def profile_refusal(found: Item | None) -> APIException:
    """Why there can be no new profile where `found` is."""
    return AccountErased() if isinstance(found, Tombstone) else ProfileExists()


def _change_task(
    sub: str, task_id: str, *, stamp: Stamp, actions: list[Action], condition: Condition, versions: Versions
) -> Task:
    if versions is not None:
        # No task has version 0: tags that name no version of ours match none.
        condition &= Task.version.is_in(*(versions or {0}))
    try:
        return Task.change(keys.user_pk(sub), keys.task_sk(task_id), stamp=stamp, actions=actions, condition=condition)
    except ConditionFailedError as error:
        _live_task(error.found, versions)
        raise TaskNotFound from error


def _live_task(found: Item | None, versions: Versions) -> Task:
    """The task, if that is what was found. Raises TaskNotFound, VersionMismatch."""
    if not isinstance(found, Task) or found.deleted_at:
        raise TaskNotFound
    if versions is not None and found.version not in versions:
        raise VersionMismatch
    return found


def _trace_expiry(stamp: Stamp) -> int:
    return int((stamp.now + DELETED_KEPT).timestamp())


def _lifecycle(status: str, at: datetime) -> list[Action]:
    """`completed_at` is the latest entry into completed, `started_at` the first into in_progress.

    The expressions decide by what the table holds, so no read comes first.
    """
    if status == "completed":
        return [Task.completed_at.set(Task.completed_at | at)]
    if status == "in_progress":
        return [Task.completed_at.remove(), Task.started_at.set(Task.started_at | at)]
    return [Task.completed_at.remove()]
