"""The writes to a task as the API answers them: plain ones in one call, those with an Idempotency-Key exactly once."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from django.urls import reverse
from rest_framework import status

from tasks import services
from tasks.api import idempotency, preconditions
from tasks.api.idempotency import Answer, Key
from tasks.api.serializers import TaskSerializer
from tasks.models import Item, Stamp, Task, keys
from tasks.services import Versions


def create(*, sub: str, values: Mapping[str, Any], stamp: Stamp, key: Key | None) -> Answer:
    if key is None:
        return _created(services.create_task(sub=sub, values=values, stamp=stamp))
    task = services.new_task(sub=sub, values=values, stamp=stamp)
    return idempotency.create_once(key, record=task, answer=_created, now=stamp.now)


def update(
    *, sub: str, task_id: str, values: Mapping[str, Any], stamp: Stamp, versions: Versions, key: Key | None
) -> Answer:
    """Raises TaskNotFound, VersionMismatch."""
    if key is None:
        return _changed(services.update_task(sub=sub, task_id=task_id, values=values, stamp=stamp, versions=versions))
    change = partial(services.updated_task, values=values, stamp=stamp, versions=versions)
    return _change_once(key, task_id, change=change, answer=_changed, stamp=stamp)


def delete(*, sub: str, task_id: str, stamp: Stamp, versions: Versions, key: Key | None) -> Answer:
    """Raises TaskNotFound, VersionMismatch."""
    if key is None:
        return _gone(services.delete_task(sub=sub, task_id=task_id, stamp=stamp, versions=versions))
    change = partial(services.deleted_task, stamp=stamp, versions=versions)
    return _change_once(key, task_id, change=change, answer=_gone, stamp=stamp)


def _change_once(
    key: Key, task_id: str, *, change: Callable[[Item | None], Task], answer: Callable[[Task], Answer], stamp: Stamp
) -> Answer:
    return idempotency.change_once(key, sk=keys.task_sk(task_id), change=change, answer=answer, now=stamp.now)


def _created(task: Task) -> Answer:
    headers = {"Location": reverse("task-detail", args=[task.id]), "ETag": preconditions.etag(task)}
    return Answer.of(status.HTTP_201_CREATED, _shown(task), headers)


def _changed(task: Task) -> Answer:
    return Answer.of(status.HTTP_200_OK, _shown(task), {"ETag": preconditions.etag(task)})


def _gone(task: Task) -> Answer:  # noqa: ARG001 -- as the others
    return Answer.of(status.HTTP_204_NO_CONTENT)


def _shown(task: Task) -> dict[str, Any]:
    return TaskSerializer().to_representation(task)
