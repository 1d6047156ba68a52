"""Ranges of a published insight: `?from=&to=`, days or ISO weeks, both ends included."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.http import QueryDict
from rest_framework.exceptions import ValidationError

from tasks.insights.registry import Insight

NAMES: Final = ("from", "to")
FORMS: Final = {"day": "an existing date, written YYYY-MM-DD", "week": "an ISO week, such as 2026-W47"}
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_WEEK: Final = re.compile(r"([0-9]{4})-W([0-9]{2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Range:
    """Days or ISO weeks as rows write them, so that text order is time order. None: the published bound."""

    first: str | None
    last: str | None

    def cut(self, insight: Insight, body: dict[str, Any]) -> dict[str, Any]:
        """Returns the published body with only this range's rows. Raises ValidationError outside the published range.

        A body without periods is returned unchanged: it has no rows to cut and no bounds to exceed.
        """
        published_first, published_last = body["from"], body["to"]
        if insight.period is None or published_first is None:
            return body
        first, last = self.first or published_first, self.last or published_last
        bounds = {"from": first, "to": last}
        outside = [name for name in NAMES if not published_first <= bounds[name] <= published_last]
        if outside:
            text = f"Must be within the published range, {published_first} to {published_last}."
            raise ValidationError(dict.fromkeys(outside, text))
        column = insight.period.column
        rows = [row for row in body["rows"] if row[column] is not None and first <= row[column] <= last]
        return {**body, **bounds, "truncated": body["truncated"] and self.first is None, "rows": rows}


def read(sent: QueryDict, insight: Insight) -> Range | None:
    """Returns the range in a query string, or None without one. Raises ValidationError."""
    named = {name: sent.getlist(name) for name in NAMES if name in sent}
    if not named:
        return None
    refused = {name: refusal for name, values in named.items() if (refusal := _refusal(values, insight))}
    if refused:
        raise ValidationError(refused)
    first, last = sent.get("from"), sent.get("to")
    if first and last and first > last:
        raise ValidationError({"from": "Must not be after `to`."})
    return Range(first, last)


def _refusal(values: list[str], insight: Insight) -> str | None:
    if insight.period is None:
        return "This insight has no days or weeks, so it takes no range."
    if len(values) > 1:
        return "Must not be repeated."
    well_formed = {"day": _is_day, "week": _is_week}[insight.period.unit]
    return None if well_formed(values[0]) else f"Must be {FORMS[insight.period.unit]}."


def _is_day(text: str) -> bool:
    try:
        return _DAY.fullmatch(text) is not None and date.fromisoformat(text) is not None
    except ValueError:
        return False


def _is_week(text: str) -> bool:
    match = _WEEK.fullmatch(text)
    try:
        return match is not None and date.fromisocalendar(int(match[1]), int(match[2]), 1) is not None
    except ValueError:
        return False
