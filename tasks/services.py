"""Writes that carry a rule. Each is one call to the table; `stamp` says who writes, and when."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pynamodb.expressions.update import Action

from tasks import keys
from tasks.exceptions import ProfileExists, ProfileNotFound, TaskExists, TaskNotFound
from tasks.instants import DELETED_KEPT
from tasks.models import ConditionFailedError, Stamp, Task, User, assignment

FREE_TEXT = (Task.title, Task.description, Task.category)


def create_task(
    *,
    sub: str,
    values: Mapping[str, Any],
    stamp: Stamp,
    task_id: str | None = None,
    imported_row: str | None = None,
) -> Task:
    """Stores a new task. With a given `task_id`, raises TaskExists if there is one.

    `imported_row` is noted on the task in the same write.
    """
    status = values.get("status", "pending")
    task = Task.stamped(
        keys.user_pk(sub),
        keys.task_sk(task_id or keys.new_task_id(stamp.changed_at)),
        stamp,
        **{"status": status, "priority": "medium", **values},
        started_at=stamp.changed_at if status == "in_progress" else None,
        completed_at=stamp.changed_at if status == "completed" else None,
        imported_rows={imported_row} if imported_row else None,
    )
    try:
        task.insert()
    except ConditionFailedError as error:
        # A new id is ours alone: if it is taken, an earlier try of this very write got through.
        if task_id:
            raise TaskExists from error
    return task


def update_task(
    *,
    sub: str,
    task_id: str,
    values: Mapping[str, Any],
    stamp: Stamp,
    imported_row: str | None = None,
) -> Task:
    """Changes the fields in `values` (None clears) and keeps the others; lifecycle times follow the status.

    Raises TaskNotFound, also for an `imported_row` that the task has noted before.
    """
    actions = [assignment(getattr(Task, name), value) for name, value in values.items()]
    if "status" in values:
        actions += _lifecycle(values["status"], stamp.changed_at)
    condition = Task.deleted_at.does_not_exist()
    if imported_row:
        actions.append(Task.imported_rows.add({imported_row}))
        condition &= ~Task.imported_rows.contains(imported_row)
    return _change_task(sub, task_id, stamp, actions, condition)


def delete_task(*, sub: str, task_id: str, stamp: Stamp, imported_row: str | None = None) -> Task:
    """Takes the task from its user: the texts go now, the trace that sync needs goes after 30 days.

    Raises TaskNotFound.
    """
    actions: list[Action] = [
        Task.deleted_at.set(stamp.changed_at),
        Task.expires_at.set(int((stamp.now + DELETED_KEPT).timestamp())),
        *(text.remove() for text in FREE_TEXT),
    ]
    if imported_row:
        actions.append(Task.imported_rows.add({imported_row}))
    return _change_task(sub, task_id, stamp, actions, Task.deleted_at.does_not_exist())


def create_profile(*, sub: str, email: str, name: str, time_zone: str = "UTC", stamp: Stamp) -> User:
    """Stores a new profile. Raises ProfileExists."""
    user = User.stamped(keys.user_pk(sub), keys.PROFILE, stamp, email=email, name=name, time_zone=time_zone)
    try:
        user.insert()
    except ConditionFailedError as error:
        raise ProfileExists from error
    return user


def update_profile(*, sub: str, values: Mapping[str, str], stamp: Stamp) -> User:
    """Changes the fields in `values` and keeps the others. Raises ProfileNotFound."""
    actions: list[Action] = [getattr(User, name).set(value) for name, value in values.items()]
    try:
        return User.change(keys.user_pk(sub), keys.PROFILE, stamp=stamp, actions=actions)
    except ConditionFailedError as error:
        raise ProfileNotFound from error


def _change_task(sub: str, task_id: str, stamp: Stamp, actions: list[Action], condition: Any) -> Task:
    try:
        return Task.change(keys.user_pk(sub), keys.task_sk(task_id), stamp=stamp, actions=actions, condition=condition)
    except ConditionFailedError as error:
        raise TaskNotFound from error


def _lifecycle(status: str, at: datetime) -> list[Action]:
    """`completed_at` is the latest entry into completed, `started_at` the first into in_progress.

    The expressions decide by what the table holds, so no read comes first.
    """
    if status == "completed":
        return [Task.completed_at.set(Task.completed_at | at)]
    if status == "in_progress":
        return [Task.completed_at.remove(), Task.started_at.set(Task.started_at | at)]
    return [Task.completed_at.remove()]
