"""The fields that clients send and receive. Texts are stored exactly as sent."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any, ClassVar, cast

from rest_framework import serializers

from tasks.models import Task, User
from tasks.models.instants import format_instant

STATUSES = ("pending", "in_progress", "completed", "cancelled")
PRIORITIES = ("low", "medium", "high", "urgent")

_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}", re.ASCII)
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
# Separators, controls and formats (such as zero-width characters) are invisible.
_INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"}
# Letters and a symbol by their Unicode category, but blank when rendered.
_BLANK = "\u115f\u1160\u2800\u3164\uffa0"


def is_visible(char: str) -> bool:
    return unicodedata.category(char) not in _INVISIBLE and char not in _BLANK


class TextField(serializers.CharField):
    """A JSON string; other types are not converted, and nothing is trimmed."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "max_length": "Must have at most {max_length} characters.",
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return data


class VisibleTextField(TextField):
    """Text with at least one visible character."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if isinstance(data, str) and not any(map(is_visible, data)):
            self.fail("blank")
        return super().run_validation(data)


class WordField(serializers.ChoiceField):
    """Exactly one of the words. The error lists them and never repeats the value sent."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or data not in self.choices:
            raise serializers.ValidationError(f"Must be one of: {', '.join(self.choices)}.")
        return data


class DayField(serializers.Field[str, Any, str, Any]):
    """A date that exists, as `YYYY-MM-DD`."""

    default_error_messages: ClassVar[dict[str, Any]] = {"invalid": "Must be an existing date, written YYYY-MM-DD."}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or not _ISO_DATE.fullmatch(data):
            self.fail("invalid")
        try:
            date.fromisoformat(data)
        except ValueError:
            self.fail("invalid")
        return str(data)

    def to_representation(self, value: str) -> str:
        return value


class TimeZoneField(serializers.Field[str, Any, str, Any]):
    """An IANA time zone name."""

    default_error_messages: ClassVar[dict[str, Any]] = {"invalid": "Must be an IANA time zone, such as Europe/Rome."}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or data not in time_zones():
            self.fail("invalid")
        return data

    def to_representation(self, value: str) -> str:
        return value


@cache
def time_zones() -> frozenset[str]:
    """Returns the names in the tzdata package, which is the same on every machine, unlike the system's folder."""
    return frozenset(files("tzdata").joinpath("zones").read_text().split())


class StrictSerializer(serializers.Serializer[Any]):
    # No docstring, because it would show in the OpenAPI document. Rejects unknown and read-only members by name. With
    # `partial`, requires at least one member.

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return super().to_internal_value(data)  # which rejects it
        writable = {name for name, field in self.fields.items() if not field.read_only}
        if self.partial and not data:
            raise serializers.ValidationError(
                {"non_field_errors": f"Send at least one of: {', '.join(sorted(writable))}."}
            )
        errors: dict[str, Any] = dict(_refusal(name) for name in data if name not in writable)
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as error:
            raise serializers.ValidationError({**errors, **cast("dict[str, Any]", error.detail)}) from error
        if errors:
            raise serializers.ValidationError(errors)
        return values


def _refusal(name: str) -> tuple[str, str]:
    """Names a field only if it is a plain word, so that responses never repeat arbitrary input."""
    if _PLAIN_NAME.fullmatch(name):
        return name, "This field can't be set."
    return "non_field_errors", "Unknown field with an invalid name."


class TaskSerializer(StrictSerializer):
    title = VisibleTextField(max_length=200)
    # The browsable API's form starts with the `initial` values.
    description = TextField(max_length=1000, allow_null=True, allow_blank=True, required=False, initial=None)
    status = WordField(
        choices=STATUSES, required=False, initial="pending", help_text="Default for a new task: pending."
    )
    priority = WordField(
        choices=PRIORITIES, required=False, initial="medium", help_text="Default for a new task: medium."
    )
    category = TextField(
        max_length=50,
        allow_null=True,
        allow_blank=True,
        required=False,
        initial=None,
        help_text="The only text that is also used in analytics: keep names out of it.",
    )
    due_date = DayField(allow_null=True, required=False)
    id = serializers.UUIDField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)
    started_at = serializers.DateTimeField(read_only=True, allow_null=True)
    completed_at = serializers.DateTimeField(read_only=True, allow_null=True)
    version = serializers.IntegerField(read_only=True)

    def to_representation(self, instance: Task) -> dict[str, Any]:
        # Written out because the fields' own conversion takes five times as long, and a list may hold 1,000 tasks.
        return {
            "id": instance.id,
            "title": instance.title,
            "description": instance.description,
            "status": instance.status,
            "priority": instance.priority,
            "category": instance.category,
            "due_date": instance.due_date,
            "created_at": format_instant(instance.created_at),
            "updated_at": format_instant(instance.updated_at),
            "started_at": _instant_or_none(instance.started_at),
            "completed_at": _instant_or_none(instance.completed_at),
            "version": int(instance.version),
        }


class CommandSerializer(StrictSerializer):
    action = WordField(choices=("create", "update", "delete"))
    id = TextField(required=False, help_text="The id of the task to update or delete.")
    ref = TextField(
        required=False,
        max_length=64,
        help_text="On create: your name for the new task. On update and delete: the name given in an earlier create.",
    )
    task = serializers.DictField(required=False, help_text="Like the body of POST (create) or PUT (update).")
    if_match = TextField(required=False, help_text="Like the If-Match header.")
    idempotency_key = TextField(required=False, help_text="Like the Idempotency-Key header, for this command only.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        refused = {"create": {"id", "if_match"}, "update": set(), "delete": {"task"}}[attrs["action"]]
        errors = dict.fromkeys(sorted(refused & attrs.keys()), "This action doesn't take this field.")
        if attrs["action"] != "create" and ("id" in attrs) == ("ref" in attrs):
            errors["id"] = "Send either id or ref."
        if errors:
            raise serializers.ValidationError(errors)
        return attrs


class CommandsField(serializers.ListField):
    """Up to 100 commands, each validated only when its turn comes."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_length=1, max_length=100, **kwargs)


class BatchSerializer(StrictSerializer):
    commands = CommandsField(help_text="Executed in this order, one after the other.")


class ProfileSerializer(StrictSerializer):
    name = VisibleTextField(max_length=100, required=False)
    time_zone = TimeZoneField(required=False, help_text="IANA name; sets where your days and weeks begin.")
    id = serializers.CharField(read_only=True)
    email = serializers.EmailField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)

    def to_representation(self, instance: User) -> dict[str, Any]:
        return {
            "id": instance.id,
            "email": instance.email,
            "name": instance.name,
            "time_zone": instance.time_zone,
            "created_at": format_instant(instance.created_at),
            "updated_at": format_instant(instance.updated_at),
        }


def _instant_or_none(instant: datetime | None) -> str | None:
    return format_instant(instant) if instant else None
