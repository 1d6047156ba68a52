from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from todo_project.authentication import caller

if TYPE_CHECKING:
    # DRF's views import the default permissions while they are being imported themselves.
    from rest_framework.views import APIView


class IsSignedIn(BasePermission):
    def has_permission(self, request: Request, view: "APIView") -> bool:  # noqa: ARG002 -- DRF's signature
        return request.user is not None and request.user.is_authenticated


class IsAnalyst(BasePermission):
    """Requires a token of a member of the Cognito group `analysts`."""

    message = "Only analysts can see the organization's insights."

    def has_permission(self, request: Request, view: "APIView") -> bool:  # noqa: ARG002
        return caller(request).is_analyst
