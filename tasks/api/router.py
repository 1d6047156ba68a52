"""The API's routes, and the root that links to them."""

from typing import Final

from rest_framework.routers import APIRootView, DefaultRouter, DynamicRoute, Route
from rest_framework.viewsets import ViewSetMixin

from tasks.api.viewsets import InsightViewSet, OrganizationInsightViewSet, ProfileViewSet, TaskViewSet

# For a singleton, a resource that each caller has exactly once: all methods act on the path itself.
SINGLETON_ROUTES: Final[list[Route | DynamicRoute]] = [
    Route(
        url="{prefix}",
        mapping={"get": "retrieve", "post": "create", "put": "update", "delete": "destroy"},
        name="{basename}-list",
        detail=False,
        initkwargs={},
    ),
    DynamicRoute(url="{prefix}/{url_path}", name="{basename}-{url_name}", detail=False, initkwargs={}),
]


class Root(APIRootView):
    """Links to the API's resources."""

    name = "Todo API"


class ApiRouter(DefaultRouter):
    """DRF's router without trailing slashes and format suffixes, and with singletons."""

    include_format_suffixes = False
    APIRootView = Root

    def __init__(self) -> None:
        super().__init__(trailing_slash=False, use_regex_path=False)
        self.list_routes: list[Route | DynamicRoute] = list(self.routes)

    def get_routes(self, viewset: type[ViewSetMixin]) -> list[Route]:
        self.routes = SINGLETON_ROUTES if getattr(viewset, "singleton", False) else self.list_routes
        routes = super().get_routes(viewset)
        self.routes = self.list_routes
        return routes

    def get_lookup_regex(self, viewset: type[ViewSetMixin], lookup_prefix: str = "") -> str:  # noqa: ARG002 -- DRF's
        """Returns the parameter without a converter, because log lines and metrics name a route by its pattern."""
        return f"<{viewset.lookup_field}>"  # type: ignore[attr-defined]  # as DRF reads it


router = ApiRouter()
router.register("tasks", TaskViewSet, "task")
router.register("users", ProfileViewSet, "profile")
# Before `insights`, which would match it as an insight's name.
router.register("insights/organization", OrganizationInsightViewSet, "organization-insight")
router.register("insights", InsightViewSet, "insight")
