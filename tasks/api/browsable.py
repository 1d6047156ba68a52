"""Additions to DRF's browsable API: a list's filter form and page buttons."""

from typing import Final

from django.template.loader import render_to_string
from rest_framework import serializers
from rest_framework.request import Request

from tasks.api.parameters import ParameterSerializer, YesOrNoField
from tasks.api.serializers import DayField

# The page buttons set it; users never type it.
HIDDEN: Final = ("cursor",)


def filter_form(parameters: type[ParameterSerializer], request: Request) -> str:
    """Renders a form with a control for each query parameter of a list, filled from the request."""
    controls = [
        {"name": name, "help_text": field.help_text, "value": request.query_params.get(name, ""), **_kind(field)}
        for name, field in parameters().fields.items()
        if name not in HIDDEN
    ]
    return render_to_string("tasks/filter_form.html", {"controls": controls, "path": request.path})


def _kind(field: serializers.Field[object, object, object, object]) -> dict[str, object]:
    """Returns the control's choices, or else its input type."""
    single = getattr(field, "child", field)
    if isinstance(single, serializers.ChoiceField):
        return {"choices": list(single.choices)}
    if isinstance(single, YesOrNoField):
        return {"choices": ["true", "false"]}
    return {"type": "date" if isinstance(single, DayField) else "text"}


class PageButtons:
    """Links to the first and the next page, where DRF shows a paginator's buttons."""

    display_page_controls = True

    def __init__(self, request: Request, following: str | None) -> None:
        self._first = request.path if "cursor" in request.query_params else None
        self._following = following

    def to_html(self) -> str:
        return render_to_string("tasks/page_buttons.html", {"first": self._first, "following": self._following})
