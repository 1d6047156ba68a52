"""The caller's own account."""

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from tasks.accounts import erasure, export_files, profiles, user_keys
from tasks.api import export, idempotency, profile_writes
from tasks.api.serializers import ProfileSerializer
from tasks.api.viewsets.base import ApiViewSet, write_context
from tasks.models import instants
from todo_project.authentication import caller


class ProfileViewSet(ApiViewSet):
    """Your own profile."""

    serializer_class = ProfileSerializer
    singleton = True

    def retrieve(self, request: Request) -> Response:
        """Your profile; the first time it is made from your token."""
        return self.answer(
            profiles.find_or_create_own_profile(
                principal=caller(request), token=str(request.auth), context=write_context()
            )
        )

    def create(self, request: Request) -> HttpResponseBase:
        return self._write(request, profile_writes.create, self.validated(request))

    def update(self, request: Request) -> HttpResponseBase:
        """Changes the fields that are sent; the others keep their value."""
        return self._write(request, profile_writes.update, self.validated(request, partial=True))

    def _write(self, request: Request, write: profile_writes.Write, values: profile_writes.Values) -> HttpResponseBase:
        principal = caller(request)
        key = idempotency.key_of(request, principal.sub)
        response = write(principal=principal, token=str(request.auth), values=values, context=write_context(), key=key)
        return self.written(request, response)

    def destroy(self, request: Request) -> HttpResponseBase:
        """Erases the account and all that belongs to it. 202: it takes longer; send it again to go on."""
        sub = caller(request).sub
        idempotency.key_of(request, sub)  # refused if malformed; a repeat of an erasure needs no key
        if erasure.erase(sub, now=instants.now()):
            return Response(status=status.HTTP_204_NO_CONTENT)
        body = {"status": "erasing", "detail": "Send the request again to go on."}
        return Response(body, status=status.HTTP_202_ACCEPTED, headers={"Retry-After": "1"})

    @action(detail=False, serializer_class=None, renderer_classes=(JSONRenderer,))
    def export(self, request: Request) -> HttpResponseBase:
        """Profile, tasks and insights in one document; a long one lies behind the Location of a 303."""
        principal = caller(request)
        user = profiles.find_or_create_own_profile(
            principal=principal, token=str(request.auth), context=write_context()
        )
        body = export.document(user)
        if len(body) > export.MOST_ANSWERED_BYTES:
            link = export_files.link(user_keys.user_key(user.id), body)
            return Response(status=status.HTTP_303_SEE_OTHER, headers={"Location": link})
        headers = {"Content-Disposition": export_files.DISPOSITION}
        return HttpResponse(body, content_type="application/json", headers=headers)
