"""Published insights."""

import hashlib
import json
from collections.abc import Mapping
from typing import ClassVar

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from tasks.accounts import user_keys
from tasks.api import preconditions, ranges
from tasks.api.permissions import IsAnalyst, IsSignedIn
from tasks.api.viewsets.base import ApiViewSet
from tasks.exceptions import InsightNotFound
from tasks.insights import payloads, registry
from tasks.models import Insight, keys
from todo_project.authentication import caller


class InsightViewSet(ApiViewSet):
    """Your insights: a summary, or one of them.

    A response is the last published one, found by one read and sent as stored, minus rows outside a requested range.
    """

    lookup_field = "name"
    parameters: ClassVar = {"retrieve": frozenset(ranges.NAMES)}
    insights: ClassVar[Mapping[str, registry.Insight]] = registry.REGISTRY

    def owner(self, request: Request) -> str:
        return user_keys.user_key(caller(request).sub)

    def list(self, request: Request) -> HttpResponseBase:
        """A summary: the insights with a single row, the mix, and the overall lead time."""
        return self._published(request, registry.SUMMARY)

    def retrieve(self, request: Request, name: str) -> HttpResponseBase:
        """One insight, whole or for a range of days or weeks."""
        insight = self.insights.get(name)
        if insight is None:
            raise InsightNotFound
        return self._published(request, name, ranges.read(request.query_params, insight))

    def _published(self, request: Request, name: str, wanted: ranges.Range | None = None) -> HttpResponseBase:
        found = Insight.find(self.owner(request), name)
        body = payloads.decompress(found.payload) if found else payloads.to_json(payloads.empty_body(name))
        if found and wanted:
            body = payloads.to_json(wanted.cut(self.insights[name], json.loads(body)))
        headers = {"X-Total-Count": str(int(found.total))} if found and found.total is not None else {}
        if request.accepted_renderer.format != "json":
            return Response(json.loads(body), headers=headers)
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if preconditions.matches_tag(request, tag):
            return HttpResponse(status=status.HTTP_304_NOT_MODIFIED, headers={"ETag": tag})
        return HttpResponse(body, content_type="application/json", headers={**headers, "ETag": tag})


class OrganizationInsightViewSet(InsightViewSet):
    """The organization's insights, for analysts: a summary, or one of them."""

    insights = registry.ORGANIZATION
    permission_classes = (IsSignedIn, IsAnalyst)

    def owner(self, request: Request) -> str:  # noqa: ARG002 -- the base needs the caller
        return keys.ORGANIZATION
