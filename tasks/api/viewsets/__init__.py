"""The API's routes: each action validates, makes one call into the domain, and returns."""

from tasks.api.viewsets.health import Health
from tasks.api.viewsets.insights import InsightDetail, InsightSummary, OrganisationDetail, OrganisationSummary
from tasks.api.viewsets.tasks import TaskBatch, TaskChanges, TaskDetail, TaskList
from tasks.api.viewsets.users import Export, Profile

__all__ = [
    "Export",
    "Health",
    "InsightDetail",
    "InsightSummary",
    "OrganisationDetail",
    "OrganisationSummary",
    "Profile",
    "TaskBatch",
    "TaskChanges",
    "TaskDetail",
    "TaskList",
]
