"""The pages and the API. The API's paths have no trailing slash."""

from django.urls import path

from tasks import pages
from tasks.api import viewsets as views

urlpatterns = [
    path("", pages.root),
    path("health", views.Health.as_view()),
    path("openapi.json", pages.openapi, name="openapi"),
    path("docs", pages.docs),
    path("redoc", pages.redoc),
    path("login", pages.login, name="login"),
    path("logout", pages.logout, name="logout"),
    path("dashboard", pages.dashboard, name="dashboard"),
    path("api/v1/tasks", views.TaskList.as_view()),
    path("api/v1/tasks/batch", views.TaskBatch.as_view()),
    path("api/v1/tasks/changes", views.TaskChanges.as_view()),
    path("api/v1/tasks/<task_id>", views.TaskDetail.as_view(), name="task"),
    path("api/v1/users", views.Profile.as_view()),
    path("api/v1/users/export", views.Export.as_view()),
    path("api/v1/insights", views.InsightSummary.as_view()),
    path("api/v1/insights/organization", views.OrganisationSummary.as_view()),
    path("api/v1/insights/organization/<name>", views.OrganisationDetail.as_view()),
    path("api/v1/insights/<name>", views.InsightDetail.as_view()),
]
