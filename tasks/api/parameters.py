"""Query parameters of the lists."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import QueryDict
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from tasks.api.serializers import (
    PRIORITIES,
    STATUSES,
    DayField,
    StrictSerializer,
    TextField,
    VisibleTextField,
    WordField,
)
from tasks.queries.listing import NEWEST_FIRST, ORDERINGS

MAX_LIMIT = 100
PAGE_WITHOUT_LIMIT = 1000
# Gateways and servers reject longer URLs.
MAX_VALUES = 8
MAX_LENGTH_OF_TOKEN = 1000


class LimitField(serializers.Field[int, Any, int, Any]):
    """A whole number of at least 1; larger than 100 counts as 100."""

    default_error_messages: ClassVar[dict[str, Any]] = {"invalid": "Must be a whole number of at least 1."}

    def to_internal_value(self, data: Any) -> int:
        digits = data.lstrip("0")
        if not digits.isascii() or not digits.isdigit():
            self.fail("invalid")
        return min(int(digits[:9]), MAX_LIMIT)

    def to_representation(self, value: int) -> int:
        return value


class YesOrNoField(serializers.Field[bool, Any, bool, Any]):
    default_error_messages: ClassVar[dict[str, Any]] = {"invalid": "Must be true or false."}

    def to_internal_value(self, data: Any) -> bool:
        if data not in ("true", "false"):
            self.fail("invalid")
        return bool(data == "true")

    def to_representation(self, value: bool) -> bool:
        return value


class WordsField(serializers.ListField):
    """Any of the words: `a,b`, or the parameter repeated."""

    def __init__(self, choices: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(child=WordField(choices=choices), max_length=MAX_VALUES, **kwargs)

    def to_internal_value(self, data: Any) -> list[Any]:
        words = [word for text in data for word in text.split(",")]
        if len(words) > MAX_VALUES:
            raise ValidationError(f"Must have at most {MAX_VALUES} values.")
        return list(dict.fromkeys(self.run_child_validation(words)))


class ParameterSerializer(StrictSerializer):
    """A query string. Only list parameters may be repeated."""

    @classmethod
    def names(cls) -> frozenset[str]:
        return frozenset(cls._declared_fields)

    @classmethod
    def read(cls, sent: QueryDict) -> Mapping[str, Any]:
        """Returns the values of the parameters that were sent. Raises ValidationError."""
        fields = cls._declared_fields
        lists = {name: values for name, values in sent.lists() if name in fields}
        repeated = [n for n, v in lists.items() if len(v) > 1 and not isinstance(fields[n], serializers.ListField)]
        if repeated:
            raise ValidationError(dict.fromkeys(repeated, "Must not be repeated."))
        data = {n: v if isinstance(fields[n], serializers.ListField) else v[0] for n, v in lists.items()}
        serializer = cls(data=data)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


class PageParameters(ParameterSerializer):
    limit = LimitField(
        required=False,
        help_text=f"Page size; values above {MAX_LIMIT} count as {MAX_LIMIT}. Default: up to {PAGE_WITHOUT_LIMIT:,}.",
    )


class TaskListParameters(PageParameters):
    status = WordsField(STATUSES, required=False, help_text="Only tasks with one of these statuses.")
    priority = WordsField(PRIORITIES, required=False, help_text="Only tasks with one of these priorities.")
    category = serializers.ListField(
        child=TextField(max_length=50, allow_blank=True),
        max_length=MAX_VALUES,
        required=False,
        help_text="Only tasks in this category, spelled exactly. Repeat it for several categories.",
    )
    due_before = DayField(required=False, help_text="Only tasks due before this day.")
    due_after = DayField(required=False, help_text="Only tasks due after this day.")
    overdue = YesOrNoField(
        required=False,
        help_text="true: only open tasks due before today, in your profile's time zone. false: all others.",
    )
    q = VisibleTextField(
        max_length=200,
        required=False,
        help_text="Only tasks with this text in the title or description, ignoring case.",
    )
    ordering = WordField(
        choices=tuple(ORDERINGS),
        required=False,
        help_text=f"Default: {NEWEST_FIRST}. Tasks without a due date come last when sorted by due date.",
    )
    cursor = TextField(
        required=False, max_length=MAX_LENGTH_OF_TOKEN, help_text="From the Link header of the previous page."
    )


class ChangesParameters(PageParameters):
    since = TextField(
        required=False,
        max_length=MAX_LENGTH_OF_TOKEN,
        help_text="The `next` of the previous response. Default: from the beginning.",
    )
