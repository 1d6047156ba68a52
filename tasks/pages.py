"""Pages for people: sign-in, the dashboard, the API's documentation."""

from functools import cache
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase, HttpResponsePermanentRedirect, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from tasks.accounts import identity
from todo_project.authentication import signed_in
from todo_project.middleware import OWN_FILES_AND_INLINE_STYLES
from todo_project.problems import Unavailable, django_answer

# Made by `manage.py openapi`.
OPENAPI_FILE = Path(__file__).parent / "api" / "openapi" / "openapi.json"
VIEWER_POLICY = f"{OWN_FILES_AND_INLINE_STYLES}; worker-src blob:"


@require_safe
def root(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 -- Django's signature
    return redirect("dashboard")


@csrf_exempt
def without_slash(request: HttpRequest, bare: str) -> HttpResponse:
    """308 to the same path without its trailing slash, whatever the method, if that path is one of ours."""
    if not {".", ".."}.isdisjoint(bare.split("/")):  # a client would resolve these before it follows
        raise Http404
    try:
        resolve(f"/{bare}")
    except Resolver404 as error:
        raise Http404 from error
    query = request.META.get("QUERY_STRING")
    target = request.path.removesuffix("/") + (f"?{query}" if query else "")
    return HttpResponsePermanentRedirect(target, preserve_request=True)


def login(request: HttpRequest) -> HttpResponse:
    """E-mail and password, checked by Cognito; success leaves the ID token in a cookie no script can read."""
    target = own_path(request.POST.get("next") or request.GET.get("next"))
    if request.method != "POST":
        return render(request, "tasks/login.html", {"next": target})
    email = request.POST.get("email", "").strip()
    try:
        tokens = identity.sign_in(email, request.POST.get("password", ""))
    except identity.SignInRefusedError as refusal:
        context = {"next": target, "email": email, "error": str(refusal)}
        return render(request, "tasks/login.html", context, status=HTTPStatus.FORBIDDEN)
    response = HttpResponseRedirect(target)
    response.set_cookie(
        settings.TOKEN_COOKIE,
        tokens["IdToken"],
        max_age=tokens["ExpiresIn"],
        secure=True,
        httponly=True,
        samesite="Lax",
    )
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def logout(request: HttpRequest) -> HttpResponse:
    """Only the form signs out; who comes by a link is asked, so that no other site's link does it."""
    if request.method != "POST":
        return render(request, "tasks/logout.html")
    response = redirect("login")
    response.delete_cookie(settings.TOKEN_COOKIE, samesite="Lax")
    return response


@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    try:
        principal = signed_in(request)
    except Unavailable as error:
        return django_answer(error)
    if principal is None:
        return HttpResponseRedirect(f"/login?{urlencode({'next': request.get_full_path()})}")
    analyst = principal.is_analyst
    return render(request, "tasks/dashboard.html", {"analyst": analyst})


@require_safe
def openapi(request: HttpRequest) -> HttpResponseBase:  # noqa: ARG001
    return HttpResponse(_openapi_document(), content_type="application/json")


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    return _viewer(request, "tasks/docs.html")


@require_safe
def redoc(request: HttpRequest) -> HttpResponse:
    return _viewer(request, "tasks/redoc.html")


def _viewer(request: HttpRequest, template: str) -> HttpResponse:
    response = render(request, template)
    response["Content-Security-Policy"] = VIEWER_POLICY
    return response


def own_path(target: str | None) -> str:
    """Where to go after sign-in: a path of this site, by default the dashboard."""
    if target and target.startswith("/") and url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        return target
    return "/dashboard"


@cache
def _openapi_document() -> bytes:
    return OPENAPI_FILE.read_bytes()
