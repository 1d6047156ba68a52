"""Published insights."""

import json

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from tasks import (
    insights,
)
from tasks.exceptions import InsightNotFound
from tasks.models import Insight
from tasks.views.base import ApiView
from todo_project.authentication import caller


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
