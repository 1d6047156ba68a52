"""The OpenAPI document, generated from the views. Imported only to make it."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerFieldExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_view,
    inline_serializer,
)
from rest_framework import serializers

from tasks import insights, views
from tasks.serializers import ProfileSerializer, TaskSerializer
from todo_project.problems import MEDIA_TYPE

Document = dict[str, Any]

PROBLEM: Document = {
    "type": "object",
    "description": "RFC 9457 problem details. `type` ends in a stable code; `errors` says what to change.",
    "required": ["type", "title", "status", "detail", "correlation_id"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "correlation_id": {"type": ["string", "null"]},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "JSON pointer into the body, or `#/<parameter>`."},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
DESCRIPTIONS = {
    "400": "Not valid: `errors` says what to change.",
    "401": "No token, or none that is good.",
    "403": "Signed in by the page's cookie, without its CSRF token.",
    "404": "Not there, or not yours.",
    "406": "None of the accepted media types is offered.",
    "409": "It exists.",
    "413": "The body has more than 64 KB.",
    "415": "The body is not application/json.",
    "503": "Busy; Retry-After says when to try again.",
}


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # its hook
    target_class = "todo_project.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: AutoSchema) -> Document:  # noqa: ARG002 -- its signature
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "A Cognito ID or access token.",
        }


class CookieScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # its hook
    target_class = "todo_project.authentication.CookieAuthentication"
    name = "cookie"

    def get_security_definition(self, auto_schema: AutoSchema) -> Document:  # noqa: ARG002
        return {"type": "apiKey", "in": "cookie", "name": "todo_token", "description": "Set by /login, for browsers."}


class DayFieldExtension(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]  # its hook
    target_class = "tasks.serializers.DayField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> Document:  # noqa: ARG002
        return {"type": "string", "format": "date"}


class TimeZoneFieldExtension(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]  # its hook
    target_class = "tasks.serializers.TimeZoneField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> Document:  # noqa: ARG002
        return {"type": "string", "maxLength": 64}


class InsightSerializer(serializers.Serializer[Any]):
    """Types of an insight's answer; the service sends it as it was published."""

    insight = serializers.ChoiceField(choices=sorted(insights.REGISTRY))
    definition = serializers.CharField()
    unit = serializers.CharField()
    as_of = serializers.DateTimeField(allow_null=True)
    truncated = serializers.BooleanField()
    rows = serializers.ListField(child=serializers.DictField())

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # `from` can't be an attribute's name.
        bounds = {name: serializers.CharField(allow_null=True) for name in ("from", "to")}
        return {**super().get_fields(), **bounds}


SUMMARY = inline_serializer(
    "InsightSummary",
    {
        "as_of": serializers.DateTimeField(allow_null=True),
        "insights": serializers.DictField(child=serializers.ListField(child=serializers.DictField())),
    },
)
HEALTH = inline_serializer(
    "Health",
    {
        "status": serializers.ChoiceField(choices=["ok"]),
        "version": serializers.CharField(),
        "environment": serializers.CharField(),
    },
)
LIMIT = OpenApiParameter("limit", {"type": "integer", "minimum": 1}, description="At most 100; without it up to 1,000.")
CURSOR = OpenApiParameter("cursor", str, description="From the Link header of the page before.")
TASK_ID = OpenApiParameter("task_id", {"type": "string", "format": "uuid"}, OpenApiParameter.PATH)
NAME = OpenApiParameter("name", {"type": "string", "enum": sorted(insights.REGISTRY)}, OpenApiParameter.PATH)
NO_CONTENT = OpenApiResponse(description="Done.")
CHANGE = "The fields that are sent change, the others keep their value, null clears. At least one must be sent."


def _text(summary: str, description: str = "") -> dict[str, Any]:
    """What a reader of the docs sees of an operation."""
    return {"summary": summary, "description": description or f"{summary}."}


def describe_views() -> None:
    """Tells the generator what it can't see in the views."""
    extend_schema_view(
        get=extend_schema(
            operation_id="list_tasks",
            **_text("Your tasks, newest first"),
            parameters=[LIMIT, CURSOR],
            responses=TaskSerializer(many=True),
        ),
        post=extend_schema(operation_id="create_task", **_text("Create a task"), responses={201: TaskSerializer}),
    )(views.TaskList)
    extend_schema_view(
        get=extend_schema(operation_id="get_task", **_text("One of your tasks"), parameters=[TASK_ID]),
        put=extend_schema(
            operation_id="update_task",
            **_text("Change a task", CHANGE),
            parameters=[TASK_ID],
            request=TaskSerializer(partial=True),
        ),
        patch=extend_schema(
            operation_id="patch_task",
            **_text("Change a task, as PUT does", CHANGE),
            parameters=[TASK_ID],
            request=TaskSerializer(partial=True),
        ),
        delete=extend_schema(
            operation_id="delete_task", **_text("Delete a task"), parameters=[TASK_ID], responses={204: NO_CONTENT}
        ),
    )(views.TaskDetail)
    extend_schema_view(
        get=extend_schema(
            operation_id="get_profile", **_text("Your profile", "The first time it is made from your token.")
        ),
        post=extend_schema(
            operation_id="create_profile", **_text("Create your profile"), responses={201: ProfileSerializer}
        ),
        put=extend_schema(operation_id="update_profile", **_text("Change your profile", CHANGE)),
    )(views.Profile)
    extend_schema_view(
        get=extend_schema(operation_id="get_insights", **_text("How you work, in short"), responses=SUMMARY)
    )(views.InsightSummary)
    extend_schema_view(
        get=extend_schema(
            operation_id="get_insight", **_text("One insight in full"), parameters=[NAME], responses=InsightSerializer
        )
    )(views.InsightDetail)
    extend_schema_view(
        get=extend_schema(operation_id="health", **_text("Whether the service is up"), responses=HEALTH)
    )(views.Health)


def document() -> Document:
    """The whole document, as JSON-able data."""
    describe_views()
    generated: Document = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]
    return generated


def add_problem_responses(result: Document, **_: Any) -> Document:
    """Spectacular's hook: every operation has its resource's tag and names the problems it may answer."""
    result["components"]["schemas"]["Problem"] = PROBLEM
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            operation["tags"] = [path.removeprefix("/api/v1").split("/")[1]]
            for status in _problems_of(path, method):
                operation["responses"].setdefault(status, _problem_response(status))
    return result


def _problem_response(status: str) -> Document:
    response: Document = {
        "description": DESCRIPTIONS[status],
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status == "503":
        response["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}
    if status == "401":
        response["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
    return response


def _problems_of(path: str, method: str) -> list[str]:
    problems = ["400", "406"]
    if path == "/health":
        return problems
    problems += ["401", "503"]
    if "{" in path:
        problems.append("404")
    if method != "get":
        problems.append("403")
    if method in ("post", "put", "patch"):
        problems += ["413", "415"]
    if (path, method) == ("/api/v1/users", "post"):
        problems.append("409")
    return sorted(problems)
