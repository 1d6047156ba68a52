"""The pages and the API. Only the roots end with a slash; other paths with one redirect to the bare path."""

from django.urls import include, path, re_path
from django.views.generic import RedirectView

from tasks import pages
from tasks.api.router import router
from tasks.api.viewsets import HealthViewSet

urlpatterns = [
    path("", pages.root),
    path("health", HealthViewSet.as_view({"get": "retrieve"})),
    path("openapi.json", pages.openapi, name="openapi"),
    path("docs", pages.docs),
    path("redoc", pages.redoc),
    path("login", pages.login, name="login"),
    path("logout", pages.logout, name="logout"),
    path("dashboard", pages.dashboard, name="dashboard"),
    path("api/v1", RedirectView.as_view(pattern_name="api-root", query_string=True)),
    path("api/v1/", include(router.urls)),
    re_path(r"^(?P<bare>[^/](?:.*[^/])?)/$", pages.without_slash),
]
