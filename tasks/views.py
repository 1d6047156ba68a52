"""The API's routes: each action validates, makes one call into the domain, and returns."""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tasks import (
    accounts,
    batch,
    idempotency,
    insights,
    instants,
    keys,
    pagination,
    preconditions,
    services,
    task_writes,
)
from tasks.exceptions import InsightNotFound, ProfileNotFound, TaskNotFound
from tasks.idempotency import Answer
from tasks.models import Insight, Stamp, Task
from tasks.serializers import BatchSerializer, ProfileSerializer, StrictSerializer, TaskSerializer
from todo_project.authentication import caller
from todo_project.logs import correlation_id
from todo_project.parsers import MergePatchParser


def stamp() -> Stamp:
    """This request's mark on what it writes."""
    now = instants.now()
    return Stamp(now=now, changed_at=now, correlation_id=correlation_id.get())


class ApiView(APIView):
    """A route that refuses query parameters it doesn't know.

    `serializer_class` and `get_serializer` are DRF's names: the browsable API makes its forms from them.
    """

    parameters: ClassVar[frozenset[str]] = frozenset()
    serializer_class: ClassVar[type[StrictSerializer]]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        known = self.parameters | {"format"} if request.method in ("GET", "HEAD") else {"format"}
        if not known.issuperset(request.query_params):
            raise ValidationError(f"Only these query parameters are known here: {', '.join(sorted(known))}.")

    def get_serializer(self, *args: Any, **kwargs: Any) -> StrictSerializer:
        return self.serializer_class(*args, **kwargs)

    def validated(self, request: Request, *, partial: bool = False) -> dict[str, Any]:
        """The body's members. Raises ValidationError."""
        serializer = self.get_serializer(data=request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def answer(
        self, instance: Any, status_code: int = status.HTTP_200_OK, headers: Mapping[str, str] | None = None
    ) -> Response:
        return Response(self.get_serializer(instance).data, status=status_code, headers=headers)

    def written(self, request: Request, answer: Answer) -> HttpResponseBase:
        """A write's answer: its very bytes, which a replay repeats, or, in a browser, the page that shows them."""
        headers = {**answer.headers, **({"Idempotent-Replayed": "true"} if answer.replayed else {})}
        if answer.body and request.accepted_renderer.format != "json":
            return Response(json.loads(answer.body), status=answer.status, headers=headers)
        content_type = "application/json" if answer.body else None
        response = HttpResponse(answer.body, status=answer.status, headers=headers, content_type=content_type)
        if not answer.body:
            del response["Content-Type"]
        return response


class TaskList(ApiView):
    """Your tasks, newest first."""

    serializer_class = TaskSerializer
    parameters = pagination.PARAMETERS

    def get(self, request: Request) -> Response:
        size, start = pagination.page_size(request), pagination.start_of(request)
        tasks, last = Task.page(caller(request).sub, size=size, start=start)
        represent = TaskSerializer().to_representation
        headers = {"Link": pagination.next_link(request, last)} if last else None
        return Response([represent(task) for task in tasks], headers=headers)

    def post(self, request: Request) -> HttpResponseBase:
        values, sub = self.validated(request), caller(request).sub
        key = idempotency.key_of(request, sub)
        return self.written(request, task_writes.create(sub=sub, values=values, stamp=stamp(), key=key))


class TaskBatch(ApiView):
    """Many changes to your tasks in one request."""

    serializer_class = BatchSerializer

    def post(self, request: Request) -> HttpResponseBase:
        """Each command runs by itself, in the order they are sent, and has its own result at its own place."""
        commands, sub = self.validated(request)["commands"], caller(request).sub
        key = idempotency.key_of(request, sub)
        run = partial(batch.Batch(sub=sub, key=key, stamp=stamp).run, commands)
        answer = batch.run_once(key, run=run, now=instants.now()) if key else batch.answer_of(run())
        return self.written(request, answer)


class TaskDetail(ApiView):
    """One of your tasks."""

    serializer_class = TaskSerializer

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not keys.is_task_id(kwargs["task_id"]):
            raise TaskNotFound

    def get_parsers(self) -> list[BaseParser]:
        parsers = super().get_parsers()
        # The generator of the OpenAPI document has no request.
        patches = self.request is not None and self.request.method == "PATCH"
        return [*parsers, MergePatchParser()] if patches else parsers

    def get(self, request: Request, task_id: str) -> HttpResponseBase:
        task = Task.find(caller(request).sub, task_id)
        if task is None:
            raise TaskNotFound
        headers = {"ETag": preconditions.etag(task)}
        if preconditions.is_held(request, task):
            return Response(status=status.HTTP_304_NOT_MODIFIED, headers=headers)
        return self.answer(task, headers=headers)

    def put(self, request: Request, task_id: str) -> HttpResponseBase:
        """Changes the fields that are sent; the others keep their value, null clears."""
        values, versions = self.validated(request, partial=True), preconditions.wanted_versions(request)
        sub = caller(request).sub
        key = idempotency.key_of(request, sub)
        answer = task_writes.update(sub=sub, task_id=task_id, values=values, stamp=stamp(), versions=versions, key=key)
        return self.written(request, answer)

    def patch(self, request: Request, task_id: str) -> HttpResponseBase:
        """The same as PUT."""
        return self.put(request, task_id)

    def delete(self, request: Request, task_id: str) -> HttpResponseBase:
        sub, versions = caller(request).sub, preconditions.wanted_versions(request)
        key = idempotency.key_of(request, sub)
        answer = task_writes.delete(sub=sub, task_id=task_id, stamp=stamp(), versions=versions, key=key)
        return self.written(request, answer)


class Profile(ApiView):
    """Your own profile."""

    serializer_class = ProfileSerializer

    def get(self, request: Request) -> Response:
        """Your profile; the first time it is made from your token."""
        return self.answer(
            accounts.find_or_create_own_profile(principal=caller(request), token=str(request.auth), stamp=stamp())
        )

    def post(self, request: Request) -> Response:
        values = self.validated(request)
        user = accounts.create_own_profile(
            principal=caller(request), token=str(request.auth), values=values, stamp=stamp()
        )
        return self.answer(user, status.HTTP_201_CREATED)

    def put(self, request: Request) -> Response:
        """Changes the fields that are sent; the others keep their value."""
        values = self.validated(request, partial=True)
        try:
            return self.answer(services.update_profile(sub=caller(request).sub, values=values, stamp=stamp()))
        except ProfileNotFound:
            return self.answer(
                accounts.create_own_profile(
                    principal=caller(request), token=str(request.auth), values=values, stamp=stamp()
                )
            )


class InsightView(ApiView):
    """What was last published of the caller's insights, sent as it is stored."""

    def published(self, request: Request, name: str) -> HttpResponseBase:
        found = Insight.find(insights.user_key(caller(request).sub), name)
        if found is None:
            return Response(insights.empty_answer(name))
        body = insights.unpacked(found.payload)
        if request.accepted_renderer.format == "json":
            return HttpResponse(body, content_type="application/json")
        return Response(json.loads(body))


class InsightSummary(InsightView):
    """How you work, in short: the insights of a single row, the mix, and the lead time of all."""

    def get(self, request: Request) -> HttpResponseBase:
        return self.published(request, insights.SUMMARY)


class InsightDetail(InsightView):
    """One insight in full."""

    def get(self, request: Request, name: str) -> HttpResponseBase:
        if name not in insights.REGISTRY:
            raise InsightNotFound
        return self.published(request, name)


class Health(ApiView):
    """Whether the service is up; it asks nobody else."""

    authentication_classes = ()
    permission_classes = ()

    def get(self, request: Request) -> Response:  # noqa: ARG002 -- Django's signature
        return Response({"status": "ok", "version": settings.VERSION, "environment": settings.ENVIRONMENT})
