"""Names of the lake's relations that are queried here, and the SQL literals that the queries need."""

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
    """Returns a list for `in`; `values` must not be empty."""
    return f"({', '.join(map(text, values))})"


def timestamp(instant: str) -> str:
    """Returns the literal of a time in the format of `tasks.models.instants`."""
    return f"timestamp '{instant[:10]} {instant[11:23]}'"
