"""JSON Schema of our serializer fields."""

import re
import sys
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from typing import Any

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction

from tasks.api.serializers import CommandSerializer, VisibleTextField, is_visible, time_zones

# JSON can't hold a lone surrogate, and the API rejects NUL in texts.
SURROGATES = range(0xD800, 0xE000)


class TextExtension(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]  # its hook
    target_class = "tasks.api.serializers.TextField"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:  # noqa: ARG002
        schema: dict[str, Any] = {"type": "string"}
        if isinstance(self.target, VisibleTextField):
            schema |= {"minLength": 1, "pattern": visible_pattern()}
        else:
            schema |= {"pattern": "^[^\\u0000]*$"}
            if not self.target.allow_blank:
                schema["minLength"] = 1
        if self.target.max_length:
            schema["maxLength"] = self.target.max_length
        return schema


class WordExtension(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    target_class = "tasks.api.serializers.WordField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:  # noqa: ARG002
        return {"type": "string", "enum": list(self.target.choices)}


class DayExtension(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    target_class = "tasks.api.serializers.DayField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:  # noqa: ARG002
        return {"type": "string", "format": "date"}


class TimeZoneExtension(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    target_class = "tasks.api.serializers.TimeZoneField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:  # noqa: ARG002
        if direction == "response":
            return {"type": "string"}
        # No enum: of names such as GMT+0 and GMT-0 generated clients would make the same constant.
        return {"type": "string", "pattern": f"^({'|'.join(sorted(time_zones())).replace('+', re.escape('+'))})$"}


class LimitExtension(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    target_class = "tasks.api.parameters.LimitField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:  # noqa: ARG002
        return {"type": "integer", "minimum": 1}


class YesOrNoExtension(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    target_class = "tasks.api.parameters.YesOrNoField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:  # noqa: ARG002
        return {"type": "boolean"}


class CommandsExtension(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    target_class = "tasks.api.serializers.CommandsField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        command = auto_schema.resolve_serializer(CommandSerializer(), direction).ref
        other = {"description": "Anything else gets its own 400 among the results."}
        bounds = {"minItems": self.target.min_length, "maxItems": self.target.max_length}
        return {"type": "array", "items": {"anyOf": [command, other]}, **bounds}


@cache
def visible_pattern() -> str:
    """Returns a pattern for text without NUL and with at least one visible character."""
    hidden = "".join(f"{_escaped(first)}-{_escaped(last)}" for first, last in _invisible_ranges())
    return f"^[^\\u0000]*[^{hidden}][^\\u0000]*$"


def _invisible_ranges() -> Iterator[tuple[int, int]]:
    codes = [code for code in range(sys.maxunicode + 1) if code not in SURROGATES and not is_visible(chr(code))]
    for _, run in groupby(enumerate(codes), key=lambda pair: pair[1] - pair[0]):
        members = [code for _, code in run]
        yield members[0], members[-1]


def _escaped(code: int) -> str:
    """Escapes a code point up to U+FFFF, which all dialects write alike; larger ones stay literal."""
    return f"\\u{code:04x}" if code <= 0xFFFF else chr(code)  # noqa: PLR2004 -- the end of the basic plane
