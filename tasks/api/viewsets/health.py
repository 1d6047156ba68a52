"""Liveness."""

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response

from tasks.api.viewsets.base import ApiViewSet


class HealthViewSet(ApiViewSet):
    """Whether the service is up. Calls no other service."""

    authentication_classes = ()
    permission_classes = ()

    def retrieve(self, request: Request) -> Response:  # noqa: ARG002 -- DRF's signature
        return Response({"status": "ok", "version": settings.VERSION, "environment": settings.ENVIRONMENT})
