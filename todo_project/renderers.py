"""The browsable API: DRF's pages under our headers."""

from collections.abc import Mapping
from typing import Any

from rest_framework.renderers import BrowsableAPIRenderer, JSONRenderer

from todo_project.middleware import OWN_FILES_AND_INLINE_STYLES


class BrowsableRenderer(BrowsableAPIRenderer):
    """DRF's templates carry styles within their lines."""

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> Any:
        if renderer_context:
            renderer_context["response"]["Content-Security-Policy"] = OWN_FILES_AND_INLINE_STYLES
        return super().render(data, accepted_media_type, renderer_context)


class RequestBodyRenderer(JSONRenderer):
    """Fills the form for a request's body with what may be sent, not with all that was answered."""

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        fields = data.serializer.fields
        sendable = {name: value for name, value in data.items() if not fields[name].read_only}
        body: bytes = super().render(sendable, accepted_media_type, renderer_context)
        return body
