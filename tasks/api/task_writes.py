"""Writes to tasks and the responses to them: one call each, or exactly once with an Idempotency-Key."""

from collections.abc import Callable, Mapping
from typing import Any

from django.urls import reverse
from rest_framework import status

from tasks import services
from tasks.api import idempotency, preconditions
from tasks.api.idempotency import Key, WriteResponse
from tasks.api.serializers import TaskSerializer
from tasks.models import Task, WriteContext, keys
from tasks.services import TaskChange, Versions


def create(*, sub: str, values: Mapping[str, Any], context: WriteContext, key: Key | None) -> WriteResponse:
    if key is None:
        return _created(services.create_task(sub=sub, values=values, context=context))
    task = services.new_task(sub=sub, values=values, context=context)
    return idempotency.create_once(key, record=task, response=_created, now=context.now)


def update(
    *, sub: str, task_id: str, values: Mapping[str, Any], context: WriteContext, versions: Versions, key: Key | None
) -> WriteResponse:
    """Raises TaskNotFound, VersionMismatch."""
    change = services.task_update(values=values, context=context, versions=versions)
    return _write(change, sub=sub, task_id=task_id, key=key, response=_updated)


def delete(*, sub: str, task_id: str, context: WriteContext, versions: Versions, key: Key | None) -> WriteResponse:
    """Raises TaskNotFound, VersionMismatch."""
    change = services.task_deletion(context=context, versions=versions)
    return _write(change, sub=sub, task_id=task_id, key=key, response=_deleted)


def _write(
    change: TaskChange, *, sub: str, task_id: str, key: Key | None, response: Callable[[Task], WriteResponse]
) -> WriteResponse:
    if key is None:
        return response(change.store(sub=sub, task_id=task_id))
    sk = keys.task_sk(task_id)
    return idempotency.change_once(key, sk=sk, change=change.apply_to, response=response, now=change.context.now)


def _created(task: Task) -> WriteResponse:
    headers = {"Location": reverse("task-detail", args=[task.id]), "ETag": preconditions.etag(task)}
    return WriteResponse.of(status.HTTP_201_CREATED, _representation(task), headers)


def _updated(task: Task) -> WriteResponse:
    return WriteResponse.of(status.HTTP_200_OK, _representation(task), {"ETag": preconditions.etag(task)})


def _deleted(task: Task) -> WriteResponse:  # noqa: ARG001 -- the others' signature
    return WriteResponse.of(status.HTTP_204_NO_CONTENT)


def _representation(task: Task) -> dict[str, Any]:
    return TaskSerializer().to_representation(task)
