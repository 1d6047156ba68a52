"""What is read of the lake: its relations' names, in one place, and the few literals that queries need."""

from collections.abc import Iterable
from typing import Final

from django.conf import settings

COMMITS: Final = f"{settings.SILVER_DATABASE}.silver_commits"
EVENTS: Final = f"{settings.STAGING_DATABASE}.stg_change_events"
CALENDARS: Final = f"{settings.STAGING_DATABASE}.int_calendars"
TASKS: Final = f"{settings.STAGING_DATABASE}.int_tasks"
INSIGHT_TASKS: Final = f"{settings.STAGING_DATABASE}.int_insight_tasks"
COMPLETIONS: Final = f"{settings.STAGING_DATABASE}.int_completions"
STATUS_INTERVALS: Final = f"{settings.STAGING_DATABASE}.int_status_intervals"
AGEING: Final = f"{settings.GOLD_DATABASE}.insight_ageing"
MIX: Final = f"{settings.GOLD_DATABASE}.insight_mix"
ORGANIZATION_SUMMARY: Final = f"{settings.GOLD_DATABASE}.organisation_summary"
USERS: Final = f"{settings.GOLD_DATABASE}.user_analytics"


def text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def texts(values: Iterable[str]) -> str:
    """For `in`; there must be one at least."""
    return f"({', '.join(map(text, values))})"


def timestamp(instant: str) -> str:
    """Of a time as `tasks.instants` writes it."""
    return f"timestamp '{instant[:10]} {instant[11:23]}'"
