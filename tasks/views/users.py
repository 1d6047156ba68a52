"""The caller's own account."""

from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from tasks import (
    accounts,
    services,
)
from tasks.exceptions import ProfileNotFound
from tasks.serializers import ProfileSerializer
from tasks.views.base import ApiView, stamp
from todo_project.authentication import caller


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
