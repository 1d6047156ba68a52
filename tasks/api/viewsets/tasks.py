"""Tasks: the list, single tasks, batches and changes."""

from functools import partial
from typing import Any, ClassVar, Final

from django.http.response import HttpResponseBase
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from tasks.api import batch, idempotency, preconditions, task_writes
from tasks.api.browsable import PageButtons, filter_form
from tasks.api.pagination import next_link, position_of
from tasks.api.parameters import PAGE_WITHOUT_LIMIT, ChangesParameters, TaskListParameters
from tasks.api.serializers import BatchSerializer, TaskSerializer
from tasks.api.viewsets.base import ApiViewSet, write_context
from tasks.exceptions import TaskNotFound
from tasks.models import Task, User, instants, keys
from tasks.queries import listing, sync
from tasks.queries.filters import TaskFilter
from todo_project.authentication import caller
from todo_project.parsers import MergePatchParser

PAGE_IN_BROWSER: Final = 25

Parsers = list[BaseParser]  # in the class, `list` is an action


class TaskViewSet(ApiViewSet):
    """Your tasks, newest first."""

    serializer_class = TaskSerializer
    lookup_field = "task_id"
    parameters: ClassVar = {"list": TaskListParameters.names(), "changes": ChangesParameters.names()}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.detail and not keys.is_task_id(kwargs["task_id"]):
            raise TaskNotFound

    def get_parsers(self) -> Parsers:
        parsers = super().get_parsers()
        # There is no request when the OpenAPI document is generated.
        patches = self.request is not None and self.request.method == "PATCH"
        return [*parsers, MergePatchParser()] if patches else parsers

    def filter_form(self, request: Request) -> str:
        return filter_form(TaskListParameters, request)

    def list(self, request: Request) -> Response:
        values, sub = TaskListParameters.read(request.query_params), caller(request).sub
        position, today = position_of(request, values.get("cursor"))
        if "overdue" in values:
            today = today or User.today_of(sub, instants.now()).isoformat()
        page = listing.page(
            sub,
            ordering=values.get("ordering", listing.NEWEST_FIRST),
            wanted=TaskFilter.of(values, today),
            size=values.get("limit") or default_size(request),
            position=position,
        )
        following = next_link(request, page.following, today) if page.following else None
        self.paginator = PageButtons(request, following)
        represent = TaskSerializer().to_representation
        headers = {"Link": f'<{following}>; rel="next"'} if following else None
        return Response([represent(task) for task in page.tasks], headers=headers)

    def create(self, request: Request) -> HttpResponseBase:
        values, sub = self.validated(request), caller(request).sub
        key = idempotency.key_of(request, sub)
        return self.write_response(
            request, task_writes.create(sub=sub, values=values, context=write_context(), key=key)
        )

    def retrieve(self, request: Request, task_id: str) -> HttpResponseBase:
        task = Task.find(caller(request).sub, task_id)
        if task is None:
            raise TaskNotFound
        headers = {"ETag": preconditions.etag(task)}
        if preconditions.matches_task(request, task):
            return Response(status=status.HTTP_304_NOT_MODIFIED, headers=headers)
        return self.represent(task, headers=headers)

    def update(self, request: Request, task_id: str) -> HttpResponseBase:
        """Changes the fields that are sent and keeps the others; null clears a field."""
        values, versions = self.validated(request, partial=True), preconditions.required_versions(request)
        sub = caller(request).sub
        key = idempotency.key_of(request, sub)
        response = task_writes.update(
            sub=sub, task_id=task_id, values=values, context=write_context(), versions=versions, key=key
        )
        return self.write_response(request, response)

    def partial_update(self, request: Request, task_id: str) -> HttpResponseBase:
        """Does the same as PUT."""
        return self.update(request, task_id)

    def destroy(self, request: Request, task_id: str) -> HttpResponseBase:
        sub, versions = caller(request).sub, preconditions.required_versions(request)
        key = idempotency.key_of(request, sub)
        response = task_writes.delete(sub=sub, task_id=task_id, context=write_context(), versions=versions, key=key)
        return self.write_response(request, response)

    @action(detail=False, methods=["post"], serializer_class=BatchSerializer)
    def batch(self, request: Request) -> HttpResponseBase:
        """Runs up to 100 commands in order and independently; the results have the same order."""
        commands, sub = self.validated(request)["commands"], caller(request).sub
        key = idempotency.key_of(request, sub)
        run = partial(batch.Batch(sub=sub, key=key, new_context=write_context).run, commands)
        response = batch.run_once(key, run=run, now=instants.now()) if key else batch.response_of(run())
        return self.write_response(request, response)

    @action(detail=False, serializer_class=None)
    def changes(self, request: Request) -> Response:
        """Changes to your tasks since the last sync, including deletions."""
        values, sub = ChangesParameters.read(request.query_params), caller(request).sub
        size = values.get("limit") or default_size(request)
        token = sync.read(values.get("since"), sub)
        found = sync.changes(sub, token=token, size=size, now=instants.now())
        represent = TaskSerializer().to_representation
        return Response(
            {
                "changed": [represent(task) for task in found.tasks if not task.deleted_at],
                "deleted": [_tombstone(task) for task in found.tasks if task.deleted_at],
                "next": sync.signed(found.token, sub),
                "more": found.more,
            }
        )


def default_size(request: Request) -> int:
    """Returns the default page size: smaller in a browser, where a form follows the list."""
    return PAGE_WITHOUT_LIMIT if request.accepted_renderer.format == "json" else PAGE_IN_BROWSER


def _tombstone(task: Task) -> dict[str, Any]:
    deleted_at = task.deleted_at and instants.format_instant(task.deleted_at)
    return {"id": task.id, "version": int(task.version), "deleted_at": deleted_at}
