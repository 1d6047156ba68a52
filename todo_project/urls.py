from django.urls import include, path

urlpatterns = [path("", include("tasks.urls"))]

handler400 = "todo_project.problems.bad_request"
handler403 = "todo_project.problems.permission_denied"
handler404 = "todo_project.problems.not_found"
handler500 = "todo_project.problems.server_error"
