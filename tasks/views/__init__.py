"""The API's routes: each action validates, makes one call into the domain, and returns."""

from tasks.views.health import Health
from tasks.views.insights import InsightDetail, InsightSummary
from tasks.views.tasks import TaskBatch, TaskChanges, TaskDetail, TaskList
from tasks.views.users import Profile

__all__ = ["Health", "InsightDetail", "InsightSummary", "Profile", "TaskBatch", "TaskChanges", "TaskDetail", "TaskList"]
