"""Renderers of the browsable API."""

from collections.abc import Mapping
from typing import Any

from django.template.loader import render_to_string
from rest_framework.renderers import BrowsableAPIRenderer, JSONRenderer
from rest_framework.request import Request

from todo_project.middleware import OWN_FILES_AND_INLINE_STYLES


class BrowsableRenderer(BrowsableAPIRenderer):
    """Allows inline styles, which DRF's templates use."""

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> Any:
        if renderer_context:
            renderer_context["response"]["Content-Security-Policy"] = OWN_FILES_AND_INLINE_STYLES
        return super().render(data, accepted_media_type, renderer_context)

    def get_filter_form(self, data: Any, view: Any, request: Request) -> str | None:
        """Returns the form of a list's query parameters, if the viewset has a `filter_form`."""
        if not isinstance(data, list) or not hasattr(view, "filter_form"):
            return None
        return render_to_string(self.filter_template, {"elements": [view.filter_form(request)]})


class RequestBodyRenderer(JSONRenderer):
    """Fills the form for a request's body with the writable fields only."""

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        fields = data.serializer.fields
        sendable = {name: value for name, value in data.items() if not fields[name].read_only}
        body: bytes = super().render(sendable, accepted_media_type, renderer_context)
        return body
