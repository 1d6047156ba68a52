"""Texts, parameters and examples of the operations, which the generator can't find in the views."""

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
    "Changes the fields that are sent and keeps the others; null clears a field. Send at least one. "
    "Any change of `status` is allowed; `started_at` and `completed_at` follow it."
)
ONCE: Final = (
    " With an Idempotency-Key the request takes effect once: for 24 hours, repeats get the first response, byte for "
    "byte."
)


class InsightSerializer(serializers.Serializer[Any]):
    """An insight, as it was published."""

    insight = serializers.ChoiceField(choices=sorted(registry.ORGANIZATION))
    definition = serializers.CharField()
    unit = serializers.CharField()
    as_of = serializers.DateTimeField(allow_null=True)
    truncated = serializers.BooleanField()
    rows = serializers.ListField(child=serializers.DictField())

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # `from` is a keyword, so it can't be an attribute.
        bounds = {name: serializers.CharField(allow_null=True) for name in ("from", "to")}
        return {**super().get_fields(), **bounds}


# One document, although the viewset's action is called `list`.
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
TOMBSTONE = inline_serializer(
    "DeletedTask",
    {"id": serializers.UUIDField(), "version": serializers.IntegerField(), "deleted_at": serializers.DateTimeField()},
)
CHANGES = inline_serializer(
    "Changes",
    {
        "changed": TaskSerializer(many=True),
        "deleted": serializers.ListField(child=TOMBSTONE),
        "next": serializers.CharField(help_text="Send it as `since` in the next request."),
        "more": serializers.BooleanField(help_text="Whether more changes are available now."),
    },
)
RESULT = inline_serializer(
    "CommandResult",
    {
        "status": serializers.IntegerField(help_text="The status that a single request would have had."),
        "task": TaskSerializer(allow_null=True),
        "problem": serializers.DictField(allow_null=True, help_text="Problem details, if the command failed."),
        "replayed": serializers.BooleanField(
            help_text="Whether this is the stored response to an earlier command with the same key."
        ),
    },
)
RESULTS = inline_serializer("BatchResults", {"results": serializers.ListField(child=RESULT)})
EXPORT = inline_serializer(
    "Export",
    {
        "user": ProfileSerializer(),
        "tasks": TaskSerializer(many=True),
        "insights": serializers.DictField(child=serializers.DictField(), help_text="By name, as the API returns them."),
    },
)
ERASING = inline_serializer(
    "Erasing", {"status": serializers.ChoiceField(choices=["erasing"]), "detail": serializers.CharField()}
)
NOT_MODIFIED = OpenApiResponse(description="You have the current version.")
ID = OpenApiParameter("task_id", {"type": "string", "format": "uuid"}, OpenApiParameter.PATH)
RANGED: Final = (
    "The whole insight, or only the rows in a range of days or ISO weeks. The range must be within the published one, "
    "given by `from` and `to` of the whole insight. Insights without days or weeks take no range."
)
RANGE = [
    OpenApiParameter(name, {"type": "string", "pattern": "^[0-9]{4}-([0-9]{2}-[0-9]{2}|W[0-9]{2})$"}, description=text)
    for name, text in (("from", "The first day or week, such as 2026-W40."), ("to", "The last day or week, inclusive."))
]
CORRELATION_ID = OpenApiParameter(
    "X-Correlation-Id",
    str,
    OpenApiParameter.HEADER,
    description="Your id for the request in the logs: 1 to 64 letters, digits, dots, dashes or underscores.",
)
KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "pattern": KEY_PATTERN},
    OpenApiParameter.HEADER,
    description="1 to 255 printable ASCII characters, quoted or not. Use a new key for each new request.",
)
IF_MATCH = OpenApiParameter(
    "If-Match",
    {"type": "string", "pattern": TAGS_PATTERN},
    OpenApiParameter.HEADER,
    description="The ETag of the expected version (or several, or `*`); 412 if the task has another version.",
)
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    {"type": "string", "pattern": TAGS_PATTERN},
    OpenApiParameter.HEADER,
    description="The ETag of your copy (or several, or `*`); 304 if it is current.",
)
NEW_TASK = OpenApiExample(
    "A new task",
    value={"title": "Send the report", "priority": "high", "category": "work", "due_date": "2026-12-01"},
    request_only=True,
)
CHANGED_TASK = OpenApiExample("Done", value={"status": "completed"}, request_only=True)
COMMANDS = OpenApiExample(
    "Create and update a task, delete another",
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
    """Returns the summary and the description of an operation."""
    return {"summary": summary, "description": description or f"{summary}."}


def describe_views() -> None:
    """Describes the operations to the generator."""
    _describe_tasks()
    _describe_task()
    _describe_users()
    _describe_insights()
    extend_schema_view(
        retrieve=extend_schema(
            operation_id="health",
            **_text("Check whether the service is up"),
            parameters=[CORRELATION_ID],
            responses=HEALTH,
        )
    )(HealthViewSet)


def _describe_tasks() -> None:
    extend_schema_view(
        list=extend_schema(
            operation_id="list_tasks",
            **_text(
                "List your tasks",
                "Newest first, or in the order of `ordering`. With a filter, a page may be short or even empty and "
                "still have a Link to the next.",
            ),
            parameters=[TaskListParameters, CORRELATION_ID],
            responses=TaskSerializer(many=True),
        ),
        create=extend_schema(
            operation_id="create_task",
            **_text("Create a task", "Creates a task of yours." + ONCE),
            parameters=[KEY, CORRELATION_ID],
            examples=[NEW_TASK],
            responses={201: TaskSerializer},
        ),
        batch=extend_schema(
            operation_id="run_batch",
            **_text(
                "Run up to 100 commands",
                "Runs the commands in order and independently: a failure does not stop the others. The results are "
                "in the same order." + ONCE,
            ),
            parameters=[KEY, CORRELATION_ID],
            examples=[COMMANDS],
            responses={200: RESULTS},
        ),
        changes=extend_schema(
            operation_id="list_changes",
            **_text(
                "List changes since the last sync",
                "For clients that keep a copy. A change may arrive more than once or out of order: keep each task's "
                "highest version. 410: discard the copy and sync again without `since`.",
            ),
            parameters=[ChangesParameters, CORRELATION_ID],
            responses=CHANGES,
        ),
    )(TaskViewSet)


def _describe_task() -> None:
    extend_schema_view(
        retrieve=extend_schema(
            operation_id="get_task",
            **_text("Get a task"),
            parameters=[ID, IF_NONE_MATCH, CORRELATION_ID],
            responses={200: TaskSerializer, 304: NOT_MODIFIED},
        ),
        update=extend_schema(
            operation_id="update_task",
            **_text("Update a task", CHANGE + ONCE),
            parameters=[ID, IF_MATCH, KEY, CORRELATION_ID],
            examples=[CHANGED_TASK],
            request=TaskSerializer(partial=True),
        ),
        partial_update=extend_schema(
            operation_id="patch_task",
            **_text("Update a task, like PUT", CHANGE + ONCE),
            parameters=[ID, IF_MATCH, KEY, CORRELATION_ID],
            examples=[CHANGED_TASK],
            request={
                "application/json": TaskSerializer(partial=True),
                "application/merge-patch+json": TaskSerializer(partial=True),
            },
        ),
        destroy=extend_schema(
            operation_id="delete_task",
            **_text("Delete a task", "Deletes the task and its texts immediately." + ONCE),
            parameters=[ID, IF_MATCH, KEY, CORRELATION_ID],
            responses={204: OpenApiResponse(description="Done.")},
        ),
    )(TaskViewSet)


def _describe_users() -> None:
    extend_schema_view(
        retrieve=extend_schema(
            operation_id="get_profile",
            **_text("Get your profile", "Creates it from your token on first use."),
            parameters=[CORRELATION_ID],
        ),
        create=extend_schema(
            operation_id="create_profile",
            **_text(
                "Create your profile",
                "Creates it from your token's claims; the fields that are sent override them." + ONCE,
            ),
            parameters=[KEY, CORRELATION_ID],
            responses={201: ProfileSerializer},
        ),
        update=extend_schema(
            operation_id="update_profile",
            **_text("Update your profile", "Changes the fields that are sent. Send at least one." + ONCE),
            request=ProfileSerializer(partial=True),
            parameters=[KEY, CORRELATION_ID],
        ),
        destroy=extend_schema(
            operation_id="delete_account",
            **_text(
                "Delete your account",
                "Permanently deletes your sign-in, profile, tasks and insights. 202: not finished yet; send the "
                "request again to continue.",
            ),
            parameters=[KEY, CORRELATION_ID],
            responses={202: ERASING, 204: OpenApiResponse(description="Your account and all its data are deleted.")},
        ),
        export=extend_schema(
            operation_id="export_account",
            **_text("Export all your data", "An export over 4 MB is a file behind a link that works for 15 minutes."),
            parameters=[CORRELATION_ID],
            responses={200: EXPORT, 303: OpenApiResponse(description="The export is at Location.")},
        ),
    )(ProfileViewSet)


def _describe_insights() -> None:
    organization = "Covers the tasks of all users, in UTC. Only for members of the group `analysts`."
    extend_schema_view(
        list=_insight_schema("get_insights", _text("Get a summary of your insights"), InsightSummarySerializer, []),
        retrieve=_insight_schema(
            "get_insight",
            _text("Get one of your insights", RANGED),
            InsightSerializer,
            [_name_of(registry.REGISTRY), *RANGE],
        ),
    )(InsightViewSet)
    extend_schema_view(
        list=_insight_schema(
            "get_organization_insights",
            _text("Get a summary of the organization's insights", organization),
            InsightSummarySerializer,
            [],
        ),
        retrieve=_insight_schema(
            "get_organization_insight",
            _text("Get one of the organization's insights", f"{organization} {RANGED}"),
            InsightSerializer,
            [_name_of(registry.ORGANIZATION), *RANGE],
        ),
    )(OrganizationInsightViewSet)


def _insight_schema(name: str, text: dict[str, Any], serializer: Any, parameters: list[OpenApiParameter]) -> Any:
    return extend_schema(
        operation_id=name,
        **text,
        parameters=[*parameters, IF_NONE_MATCH, CORRELATION_ID],
        responses={200: serializer, 304: NOT_MODIFIED},
    )


def _name_of(insights: Mapping[str, registry.Insight]) -> OpenApiParameter:
    return OpenApiParameter("name", {"type": "string", "enum": sorted(insights)}, OpenApiParameter.PATH)
