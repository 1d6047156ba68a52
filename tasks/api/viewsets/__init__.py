"""The API's viewsets: each action validates, makes one call into the domain, and returns."""

from tasks.api.viewsets.health import HealthViewSet
from tasks.api.viewsets.insights import InsightViewSet, OrganizationInsightViewSet
from tasks.api.viewsets.tasks import TaskViewSet
from tasks.api.viewsets.users import ProfileViewSet

__all__ = ["HealthViewSet", "InsightViewSet", "OrganizationInsightViewSet", "ProfileViewSet", "TaskViewSet"]
