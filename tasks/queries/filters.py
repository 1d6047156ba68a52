"""Filters of the task list. DynamoDB applies what it can; the rest is applied here."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from pynamodb.attributes import UnicodeAttribute
from pynamodb.expressions.condition import Condition

from tasks.models import Task

OPEN = ("pending", "in_progress")
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """A list's filter: a task passes if it meets all given criteria.

    `due_from` and `due_to` are the first and last due dates that pass. `today` is the current day in the user's time
    zone, needed for `overdue`.
    """

    statuses: tuple[str, ...] = ()
    priorities: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    due_from: str | None = None
    due_to: str | None = None
    overdue: bool | None = None
    text: str = ""
    today: str | None = None

    @classmethod
    def of(cls, values: Mapping[str, Any], today: str | None) -> "TaskFilter | None":
        """Builds the filter from a list's parameters; None if no task can pass."""
        try:
            due_from = _next(values.get("due_after"), ONE_DAY)
            due_to = _next(values.get("due_before"), -ONE_DAY)
            if values.get("overdue"):
                yesterday = _next(today, -ONE_DAY)
                due_to = min(due_to, yesterday) if due_to and yesterday else yesterday
        except OverflowError:
            return None
        if due_from and due_to and due_from > due_to:
            return None
        statuses = tuple(values.get("status", ()))
        if values.get("overdue"):
            statuses = tuple(status for status in OPEN if status in statuses or not statuses)
            if not statuses:
                return None
        return cls(
            statuses=statuses,
            priorities=tuple(values.get("priority", ())),
            categories=tuple(values.get("category", ())),
            due_from=due_from,
            due_to=due_to,
            overdue=values.get("overdue"),
            text=_folded(values.get("q", "")),
            today=today,
        )

    @property
    def needs_due_date(self) -> bool:
        return self.due_from is not None or self.due_to is not None

    def condition(self, *, due_date_is_key: bool) -> Condition | None:
        """Returns the part that DynamoDB can apply, or None. A condition can't include the index's key."""
        conditions: list[Condition] = [
            attribute.is_in(*values)
            for attribute, values in (
                (Task.status, self.statuses),
                (Task.priority, self.priorities),
                (Task.category, self.categories),
            )
            if values
        ]
        if not due_date_is_key:
            conditions += _bounds(Task.due_date, self.due_from, self.due_to)
        whole: Condition | None = None
        for condition in conditions:
            whole = condition if whole is None else whole & condition
        return whole

    def passes(self, task: Task) -> bool:
        """Whether the task meets the criteria that DynamoDB can't apply: the text in any case, and not overdue."""
        if self.overdue is False and _is_overdue(task, str(self.today)):
            return False
        return not self.text or any(self.text in _folded(text) for text in (task.title, task.description) if text)


NO_FILTER = TaskFilter()


def _is_overdue(task: Task, today: str) -> bool:
    return task.status in OPEN and task.due_date is not None and task.due_date < today


def _next(day: str | None, step: timedelta) -> str | None:
    """Returns the day a step later. Raises OverflowError before year 1 and after year 9999."""
    if day is None:
        return None
    return (date.fromisoformat(day) + step).isoformat()


def _bounds(attribute: UnicodeAttribute, low: str | None, high: str | None) -> list[Condition]:
    return [*([attribute >= low] if low else []), *([attribute <= high] if high else [])]


def _folded(text: str) -> str:
    """Normalizes the text, so that case and equivalent Unicode forms compare equal."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
