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

from tasks import insights, keys, preconditions, ranges
from tasks.exceptions import InsightNotFound
from tasks.models import Insight
from tasks.permissions import IsAnalyst, IsSignedIn
from tasks.views.base import ApiView
from todo_project.authentication import caller


class InsightView(ApiView):
    """What was last published of somebody's insights, by one read; as it is stored, but for the rows out of range."""

    registry: ClassVar[Mapping[str, insights.Insight]] = insights.REGISTRY

    def owner(self, request: Request) -> str:
        return insights.user_key(caller(request).sub)

    def published(self, request: Request, name: str, wanted: ranges.Range | None = None) -> HttpResponseBase:
        found = Insight.find(self.owner(request), name)
        body = insights.unpacked(found.payload) if found else insights.to_json(insights.empty_answer(name))
        if found and wanted:
            body = insights.to_json(wanted.cut(self.registry[name], json.loads(body)))
        headers = {"X-Total-Count": str(int(found.total))} if found and found.total is not None else {}
        if request.accepted_renderer.format != "json":
            return Response(json.loads(body), headers=headers)
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if preconditions.is_tag_held(request, tag):
            return HttpResponse(status=status.HTTP_304_NOT_MODIFIED, headers={"ETag": tag})
        return HttpResponse(body, content_type="application/json", headers={**headers, "ETag": tag})


class InsightSummary(InsightView):
    """How you work, in short: the insights of a single row, the mix, and the lead time of all."""

    def get(self, request: Request) -> HttpResponseBase:
        return self.published(request, insights.SUMMARY)


class InsightDetail(InsightView):
    """One insight, in full or of some days or weeks."""

    parameters = frozenset(ranges.NAMES)

    def get(self, request: Request, name: str) -> HttpResponseBase:
        insight = self.registry.get(name)
        if insight is None:
            raise InsightNotFound
        return self.published(request, name, ranges.read(request.query_params, insight))


class OfTheOrganisation(InsightView):
    """The insights over everybody's tasks, for analysts."""

    registry = insights.ORGANISATION
    permission_classes = (IsSignedIn, IsAnalyst)

    def owner(self, request: Request) -> str:  # noqa: ARG002 -- its base asks who is calling
        return keys.ORGANISATION


class OrganisationSummary(OfTheOrganisation, InsightSummary):
    """How everybody works, in short."""


class OrganisationDetail(OfTheOrganisation, InsightDetail):
    """One insight over everybody's tasks, in full or of some days or weeks."""
