"""The caller's own account."""

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from tasks.accounts import erasure, export_storage, profiles, user_keys
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
        """Your profile; created from your token on first use."""
        return self.represent(
            profiles.find_or_create_own_profile(
                principal=caller(request), token=str(request.auth), context=write_context()
            )
        )

    def create(self, request: Request) -> HttpResponseBase:
        return self._write(request, profile_writes.create, self.validated(request))

    def update(self, request: Request) -> HttpResponseBase:
        """Changes the fields that are sent and keeps the others."""
        return self._write(request, profile_writes.update, self.validated(request, partial=True))

    def _write(self, request: Request, write: profile_writes.Write, values: profile_writes.Values) -> HttpResponseBase:
        principal = caller(request)
        key = idempotency.key_of(request, principal.sub)
        response = write(principal=principal, token=str(request.auth), values=values, context=write_context(), key=key)
        return self.write_response(request, response)

    def destroy(self, request: Request) -> HttpResponseBase:
        """Erases the account and all its data. 202: not finished yet; send the request again to continue."""
        sub = caller(request).sub
        idempotency.key_of(request, sub)  # rejects malformed keys; an erasure can be repeated without one
        if erasure.erase(sub, now=instants.now()):
            return Response(status=status.HTTP_204_NO_CONTENT)
        body = {"status": "erasing", "detail": "Send the request again to continue."}
        return Response(body, status=status.HTTP_202_ACCEPTED, headers={"Retry-After": "1"})

    @action(detail=False, serializer_class=None, renderer_classes=(JSONRenderer,))
    def export(self, request: Request) -> HttpResponseBase:
        """Profile, tasks and insights in one document; a 303 leads to a large one."""
        principal = caller(request)
        user = profiles.find_or_create_own_profile(
            principal=principal, token=str(request.auth), context=write_context()
        )
        body = export.document(user)
        if len(body) > export.MAX_RESPONSE_BYTES:
            link = export_storage.link(user_keys.user_key(user.id), body)
            return Response(status=status.HTTP_303_SEE_OTHER, headers={"Location": link})
        headers = {"Content-Disposition": export_storage.DISPOSITION}
        return HttpResponse(body, content_type="application/json", headers=headers)
