"""What a reader of the docs, and a generated client, can't see in the views."""

from collections.abc import Mapping
from typing import Any, Final

from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_serializer,
    extend_schema_view,
    inline_serializer,
)
from rest_framework import serializers

from tasks.api.parameters import ChangesParameters, TaskListParameters
from tasks.api.serializers import ProfileSerializer, TaskSerializer
from tasks.api.viewsets import HealthViewSet, InsightViewSet, OrganizationInsightViewSet, ProfileViewSet, TaskViewSet
from tasks.insights import registry

TASK_ID: Final = "0199f2a4-6c00-7c41-9d35-2f6f0c1f5a77"
KEY_PATTERN: Final = r'^([!#-~]([ -~]{0,253}[!-~])?|"([ !#-\[\]-~]|\\["\\]){1,255}")$'
TAGS_PATTERN: Final = r'^(\*|[0-9]{1,60}|(W/)?"[!#-~]{0,60}"(, ?(W/)?"[!#-~]{0,60}"){0,9})$'
CHANGE: Final = (
    "The fields that are sent change, the others keep their value, null clears. At least one must be sent. "
    "`status` may go anywhere; `started_at` and `completed_at` follow it."
)
ONCE: Final = (
    " With an Idempotency-Key it happens once, however often it is sent: for 24 hours a repeat gets the first "
    "answer, byte for byte."
)


class InsightSerializer(serializers.Serializer[Any]):
    """Types of an insight's answer; the service sends it as it was published."""

    insight = serializers.ChoiceField(choices=sorted(registry.ORGANIZATION))
    definition = serializers.CharField()
    unit = serializers.CharField()
    as_of = serializers.DateTimeField(allow_null=True)
    truncated = serializers.BooleanField()
    rows = serializers.ListField(child=serializers.DictField())

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # `from` can't be an attribute's name.
        bounds = {name: serializers.CharField(allow_null=True) for name in ("from", "to")}
        return {**super().get_fields(), **bounds}


# One document, although a viewset's action `list` returns it.
@extend_schema_serializer(many=False)
class InsightSummarySerializer(serializers.Serializer[Any]):
    as_of = serializers.DateTimeField(allow_null=True)
    insights = serializers.DictField(child=serializers.ListField(child=serializers.DictField()))


HEALTH = inline_serializer(
    "Health",
    {
        "status": serializers.ChoiceField(choices=["ok"]),
        "version": serializers.CharField(),
        "environment": serializers.CharField(),
    },
)
TRACE = inline_serializer(
    "DeletedTask",
    {"id": serializers.UUIDField(), "version": serializers.IntegerField(), "deleted_at": serializers.DateTimeField()},
)
CHANGES = inline_serializer(
    "Changes",
    {
        "changed": TaskSerializer(many=True),
        "deleted": serializers.ListField(child=TRACE),
        "next": serializers.CharField(help_text="What to send as `since` next time."),
        "more": serializers.BooleanField(help_text="Ask again at once: there is more."),
    },
)
RESULT = inline_serializer(
    "CommandResult",
    {
        "status": serializers.IntegerField(help_text="As the single request would have answered."),
        "task": TaskSerializer(allow_null=True),
        "problem": serializers.DictField(allow_null=True, help_text="Problem details, if the command failed."),
        "replayed": serializers.BooleanField(help_text="Whether the command's key had this answer before."),
    },
)
RESULTS = inline_serializer("BatchResults", {"results": serializers.ListField(child=RESULT)})
EXPORT = inline_serializer(
    "Export",
    {
        "user": ProfileSerializer(),
        "tasks": TaskSerializer(many=True),
        "insights": serializers.DictField(child=serializers.DictField(), help_text="By name, as they are answered."),
    },
)
ERASING = inline_serializer(
    "Erasing", {"status": serializers.ChoiceField(choices=["erasing"]), "detail": serializers.CharField()}
)
HELD = OpenApiResponse(description="You hold it already.")
ID = OpenApiParameter("task_id", {"type": "string", "format": "uuid"}, OpenApiParameter.PATH)
RANGED: Final = (
    "In full, or from one day or ISO week to another: then with the rows of these alone. A range must lie within what "
    "is published, which `from` and `to` of the full answer say; insights that are not of days or weeks take none."
)
RANGE = [
    OpenApiParameter(name, {"type": "string", "pattern": "^[0-9]{4}-([0-9]{2}-[0-9]{2}|W[0-9]{2})$"}, description=text)
    for name, text in (("from", "The first day or week, such as 2026-W40."), ("to", "The last one, itself included."))
]
TRACE_ID = OpenApiParameter(
    "X-Correlation-Id",
    str,
    OpenApiParameter.HEADER,
    description="Yours, to find the request in the logs: 1 to 64 of A-Z, a-z, 0-9, dot, dash, underscore.",
)
KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "pattern": KEY_PATTERN},
    OpenApiParameter.HEADER,
    description="1 to 255 printable ASCII characters, bare or quoted; a new one for each new request.",
)
IF_MATCH = OpenApiParameter(
    "If-Match",
    {"type": "string", "pattern": TAGS_PATTERN},
    OpenApiParameter.HEADER,
    description="The ETag of the version that this request is about (or several, or `*`); 412 if the task has another.",
)
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    {"type": "string", "pattern": TAGS_PATTERN},
    OpenApiParameter.HEADER,
    description="The ETag that you hold (or several, or `*`); 304 if it is still good.",
)
NEW_TASK = OpenApiExample(
    "A new task",
    value={"title": "Send the report", "priority": "high", "category": "work", "due_date": "2026-12-01"},
    request_only=True,
)
CHANGED_TASK = OpenApiExample("Done", value={"status": "completed"}, request_only=True)
COMMANDS = OpenApiExample(
    "Make a task and finish another",
    value={
        "commands": [
            {"action": "create", "ref": "report", "task": {"title": "Send the report"}},
            {"action": "update", "ref": "report", "task": {"status": "in_progress"}},
            {"action": "delete", "id": TASK_ID, "if_match": '"3"'},
        ]
    },
    request_only=True,
)


def _text(summary: str, description: str = "") -> dict[str, Any]:
    """What a reader of the docs sees of an operation."""
    return {"summary": summary, "description": description or f"{summary}."}


def describe_views() -> None:
    """Tells the generator what it can't see in the views."""
    _describe_tasks()
    _describe_task()
    _describe_users()
    _describe_insights()
    extend_schema_view(
        retrieve=extend_schema(
            operation_id="health", **_text("Whether the service is up"), parameters=[TRACE_ID], responses=HEALTH
        )
    )(HealthViewSet)


def _describe_tasks() -> None:
    extend_schema_view(
        list=extend_schema(
            operation_id="list_tasks",
            **_text(
                "Your tasks",
                "Newest first, or as `ordering` says. A page that a filter leaves few tasks of may come short, or "
                "empty, with a Link to the next.",
            ),
            parameters=[TaskListParameters, TRACE_ID],
            responses=TaskSerializer(many=True),
        ),
        create=extend_schema(
            operation_id="create_task",
            **_text("Create a task", "A new task of yours." + ONCE),
            parameters=[KEY, TRACE_ID],
            examples=[NEW_TASK],
            responses={201: TaskSerializer},
        ),
        batch=extend_schema(
            operation_id="run_batch",
            **_text(
                "Up to 100 changes at once",
                "Each command runs by itself, in the order they are sent, and has its own result at its own place; "
                "one that fails does not stop the others." + ONCE,
            ),
            parameters=[KEY, TRACE_ID],
            examples=[COMMANDS],
            responses={200: RESULTS},
        ),
        changes=extend_schema(
            operation_id="list_changes",
            **_text(
                "What changed since you last asked",
                "For a client that keeps a copy: of each task, keep the state with the highest version. Answers may "
                "be lost or come twice. 410: begin anew without `since`.",
            ),
            parameters=[ChangesParameters, TRACE_ID],
            responses=CHANGES,
        ),
    )(TaskViewSet)


def _describe_task() -> None:
    extend_schema_view(
        retrieve=extend_schema(
            operation_id="get_task",
            **_text("One of your tasks"),
            parameters=[ID, IF_NONE_MATCH, TRACE_ID],
            responses={200: TaskSerializer, 304: HELD},
        ),
        update=extend_schema(
            operation_id="update_task",
            **_text("Change a task", CHANGE + ONCE),
            parameters=[ID, IF_MATCH, KEY, TRACE_ID],
            examples=[CHANGED_TASK],
            request=TaskSerializer(partial=True),
        ),
        partial_update=extend_schema(
            operation_id="patch_task",
            **_text("Change a task, as PUT does", CHANGE + ONCE),
            parameters=[ID, IF_MATCH, KEY, TRACE_ID],
            examples=[CHANGED_TASK],
            request={
                "application/json": TaskSerializer(partial=True),
                "application/merge-patch+json": TaskSerializer(partial=True),
            },
        ),
        destroy=extend_schema(
            operation_id="delete_task",
            **_text("Delete a task", "The task and its texts go at once." + ONCE),
            parameters=[ID, IF_MATCH, KEY, TRACE_ID],
            responses={204: OpenApiResponse(description="Done.")},
        ),
    )(TaskViewSet)


def _describe_users() -> None:
    extend_schema_view(
        retrieve=extend_schema(
            operation_id="get_profile",
            **_text("Your profile", "The first time it is made from your token."),
            parameters=[TRACE_ID],
        ),
        create=extend_schema(
            operation_id="create_profile",
            **_text("Create your profile", "From your token; what is sent goes before its claims." + ONCE),
            parameters=[KEY, TRACE_ID],
            responses={201: ProfileSerializer},
        ),
        update=extend_schema(
            operation_id="update_profile",
            **_text("Change your profile", "The fields that are sent change. At least one must be sent." + ONCE),
            request=ProfileSerializer(partial=True),
            parameters=[KEY, TRACE_ID],
        ),
        destroy=extend_schema(
            operation_id="delete_account",
            **_text(
                "Delete your account",
                "Your sign-in, profile, tasks and insights, for good. 202: there is so much that it takes longer; "
                "send it again to go on.",
            ),
            parameters=[KEY, TRACE_ID],
            responses={202: ERASING, 204: OpenApiResponse(description="Nothing of you is left.")},
        ),
        export=extend_schema(
            operation_id="export_account",
            **_text(
                "All that the service holds of you", "Over 4 MB it lies behind a link that is good for 15 minutes."
            ),
            parameters=[TRACE_ID],
            responses={200: EXPORT, 303: OpenApiResponse(description="It lies at Location.")},
        ),
    )(ProfileViewSet)


def _describe_insights() -> None:
    everybody = "Over everybody's tasks, in UTC; for members of the group `analysts`."
    extend_schema_view(
        list=_insight_schema("get_insights", _text("How you work, in short"), InsightSummarySerializer, []),
        retrieve=_insight_schema(
            "get_insight", _text("One insight", RANGED), InsightSerializer, [_name_of(registry.REGISTRY), *RANGE]
        ),
    )(InsightViewSet)
    extend_schema_view(
        list=_insight_schema(
            "get_organization_insights", _text("How everybody works, in short", everybody), InsightSummarySerializer, []
        ),
        retrieve=_insight_schema(
            "get_organization_insight",
            _text("One of everybody's insights", f"{everybody} {RANGED}"),
            InsightSerializer,
            [_name_of(registry.ORGANIZATION), *RANGE],
        ),
    )(OrganizationInsightViewSet)


def _insight_schema(name: str, text: dict[str, Any], answer: Any, parameters: list[OpenApiParameter]) -> Any:
    return extend_schema(
        operation_id=name,
        **text,
        parameters=[*parameters, IF_NONE_MATCH, TRACE_ID],
        responses={200: answer, 304: HELD},
    )


def _name_of(insights: Mapping[str, registry.Insight]) -> OpenApiParameter:
    return OpenApiParameter("name", {"type": "string", "enum": sorted(insights)}, OpenApiParameter.PATH)
