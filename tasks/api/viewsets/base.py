"""The base of all viewsets."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from rest_framework import status
from rest_framework.exceptions import MethodNotAllowed, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from tasks.api.browsable import PageButtons
from tasks.api.idempotency import WriteResponse
from tasks.api.serializers import StrictSerializer
from tasks.models import WriteContext, instants
from todo_project.logs import correlation_id
from todo_project.problems import LengthRequired

NO_PARAMETERS: Final[frozenset[str]] = frozenset()


def write_context() -> WriteContext:
    """Returns the context that marks this request's writes."""
    now = instants.now()
    return WriteContext(now=now, changed_at=now, correlation_id=correlation_id.get())


class ApiViewSet(ViewSet):
    """Rejects query parameters that the action doesn't know.

    `serializer_class` and `get_serializer` are DRF's names: the browsable API builds its forms from them.
    """

    # The query parameters of each action, by its name.
    parameters: ClassVar[Mapping[str, frozenset[str]]] = {}
    serializer_class: Any = None
    lookup_field: ClassVar[str] = "id"
    # Whether each caller has exactly one of this resource.
    singleton: ClassVar[bool] = False
    # DRF's templates read the page buttons from here.
    paginator: PageButtons | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if str(request.method) not in self.allowed_methods:
            raise MethodNotAllowed(str(request.method))
        if "Transfer-Encoding" in request.headers:
            raise LengthRequired  # Django would read an empty body
        known = self.parameters.get(self.action or "", NO_PARAMETERS) | {"format"}
        if not known.issuperset(request.query_params):
            raise ValidationError(f"Unknown query parameter. Known ones: {', '.join(sorted(known))}.")

    def get_extra_action_url_map(self) -> dict[str, str]:
        """Without the actions that no link can open: DRF's pages link to all of these."""
        actions: Any = self.get_extra_actions()  # the stubs don't know what the decorator adds
        unreadable = {self.reverse_action(action.url_name) for action in actions if "get" not in action.mapping}
        return {name: url for name, url in super().get_extra_action_url_map().items() if url not in unreadable}

    def get_serializer(self, *args: Any, **kwargs: Any) -> StrictSerializer:
        serializer: StrictSerializer = self.serializer_class(*args, **kwargs)
        return serializer

    def validated(self, request: Request, *, partial: bool = False) -> dict[str, Any]:
        """Returns the validated members of the body. Raises ValidationError."""
        serializer = self.get_serializer(data=request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def represent(
        self, instance: Any, status_code: int = status.HTTP_200_OK, headers: Mapping[str, str] | None = None
    ) -> Response:
        return Response(self.get_serializer(instance).data, status=status_code, headers=headers)

    def write_response(self, request: Request, written: WriteResponse) -> HttpResponseBase:
        """Returns the response to a write: the bytes that a replay repeats or, in a browser, a page that shows them."""
        headers = {**written.headers, **({"Idempotent-Replayed": "true"} if written.replayed else {})}
        if written.body and request.accepted_renderer.format != "json":
            return Response(json.loads(written.body), status=written.status, headers=headers)
        content_type = "application/json" if written.body else None
        response = HttpResponse(written.body, status=written.status, headers=headers, content_type=content_type)
        if not written.body:
            del response["Content-Type"]
        return response
