"""The API's routes: each action validates, makes one call into the domain, and returns."""

import json
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tasks import accounts, insights, instants, keys, pagination, services
from tasks.exceptions import InsightNotFound, ProfileNotFound, TaskNotFound
from tasks.models import Insight, Stamp, Task
from tasks.serializers import ProfileSerializer, StrictSerializer, TaskSerializer
from todo_project.authentication import caller
from todo_project.logs import correlation_id


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

    def answer(self, instance: Any, status_code: int = status.HTTP_200_OK) -> Response:
        return Response(self.get_serializer(instance).data, status=status_code)


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

    def post(self, request: Request) -> Response:
        task = services.create_task(sub=caller(request).sub, values=self.validated(request), stamp=stamp())
        response = self.answer(task, status.HTTP_201_CREATED)
        response["Location"] = f"{request.path}/{task.id}"
        return response


class TaskDetail(ApiView):
    """One of your tasks."""

    serializer_class = TaskSerializer

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not keys.is_task_id(kwargs["task_id"]):
            raise TaskNotFound

    def get(self, request: Request, task_id: str) -> Response:
        task = Task.find(caller(request).sub, task_id)
        if task is None:
            raise TaskNotFound
        return self.answer(task)

    def put(self, request: Request, task_id: str) -> Response:
        """Changes the fields that are sent; the others keep their value, null clears."""
        values = self.validated(request, partial=True)
        return self.answer(services.update_task(sub=caller(request).sub, task_id=task_id, values=values, stamp=stamp()))

    def patch(self, request: Request, task_id: str) -> Response:
        """The same as PUT."""
        return self.put(request, task_id)

    def delete(self, request: Request, task_id: str) -> Response:
        services.delete_task(sub=caller(request).sub, task_id=task_id, stamp=stamp())
        return Response(status=status.HTTP_204_NO_CONTENT)


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
