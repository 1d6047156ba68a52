"""The API's routes: each action validates, makes one call into the domain, and returns."""

from tasks.views.health import Health
from tasks.views.insights import InsightDetail, InsightSummary, OrganisationDetail, OrganisationSummary
from tasks.views.tasks import TaskBatch, TaskChanges, TaskDetail, TaskList
from tasks.views.users import Export, Profile

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
