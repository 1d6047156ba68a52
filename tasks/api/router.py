"""The API's routes, and its root, which links to them."""

from typing import Final

from rest_framework.routers import APIRootView, DefaultRouter, DynamicRoute, Route
from rest_framework.viewsets import ViewSetMixin

from tasks.api.viewsets import InsightViewSet, OrganizationInsightViewSet, ProfileViewSet, TaskViewSet

# Of a singleton, a resource of which every caller has one: all methods act on the path itself.
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
    """Where the resources of the API are."""

    name = "Todo API"


class ApiRouter(DefaultRouter):
    """DRF's router without trailing slashes and format suffixes, which knows singletons."""

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
        """The parameter's name without a converter: log lines and metrics name a route by its pattern."""
        return f"<{viewset.lookup_field}>"  # type: ignore[attr-defined]  # as DRF reads it


router = ApiRouter()
router.register("tasks", TaskViewSet, "task")
router.register("users", ProfileViewSet, "profile")
# Before `insights`, which would take the word for an insight's name.
router.register("insights/organization", OrganizationInsightViewSet, "organization-insight")
router.register("insights", InsightViewSet, "insight")
