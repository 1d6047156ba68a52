"""The published insights: their names, order and limits.

Their definitions are only in dbt's docs blocks.
"""

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from django.conf import settings

SUMMARY = "summary"
DEFINITIONS = settings.BASE_DIR / "analytics_dbt" / "models" / "marts" / "insights.md"


@dataclass(frozen=True, slots=True)
class Period:
    """The period of an insight's rows: `column` holds a `unit`; a response has the newest `most` of them."""

    column: str
    unit: str
    most: int


WEEKS: Final = Period("week", "week", 260)
DAYS: Final = Period("day", "day", 400)
COHORTS: Final = Period("cohort", "week", 260)
# The most entries in the response of an insight without a period.
MAX_ENTRIES: Final = 1000


@dataclass(frozen=True, slots=True)
class Insight:
    """An insight. `relation` is its gold table; `in_summary` tells whether the summary includes (part of) its rows.

    `order` (SQL) sorts the entries of an insight without a period; the first ones are published.
    """

    name: str
    relation: str
    unit: str
    in_summary: bool = False
    period: Period | None = None
    order: str = "user_id"
    of_users: bool = True


_LATEST_FIRST = "completed_at desc, task_id desc"
# A task's id begins with its creation time.
_NEWEST_FIRST = "task_id desc"
_LARGEST_FIRST = "case dimension when 'status' then 1 when 'priority' then 2 else 3 end, n desc, value"

ORGANIZATION: Final = {
    insight.name: insight
    for insight in (
        Insight("lead-time", "insight_lead_time", "seconds", in_summary=True, period=WEEKS),
        Insight("cycle-time", "insight_cycle_time", "seconds", period=WEEKS),
        Insight("completions", "insight_completions", "seconds", order=_LATEST_FIRST),
        Insight("throughput", "insight_throughput", "tasks per week", period=WEEKS),
        Insight("cumulative-flow", "insight_cumulative_flow", "tasks", period=DAYS),
        Insight("ageing", "insight_ageing", "days", order=_NEWEST_FIRST),
        Insight("due-dates", "insight_due_dates", "tasks and share", in_summary=True),
        Insight("rework", "insight_rework", "share", in_summary=True),
        Insight("completion-rate", "insight_completion_rate", "share", in_summary=True),
        Insight("streak", "insight_streak", "days", in_summary=True),
        Insight("mix", "insight_mix", "tasks", in_summary=True, order=_LARGEST_FIRST),
        Insight("audience", "insight_audience", "users", period=DAYS, of_users=False),
        Insight("retention", "insight_retention", "share of users", period=COHORTS, of_users=False),
    )
}
# The insights of each user; the organization has all of them.
REGISTRY: Final = {name: insight for name, insight in ORGANIZATION.items() if insight.of_users}


def definition(insight: Insight) -> str:
    """Returns the first paragraph of the relation's docs block, on one line."""
    return _definitions()[insight.relation]


@cache
def _definitions() -> dict[str, str]:
    blocks = re.findall(r"{% docs (\w+) %}(.*?){% enddocs %}", DEFINITIONS.read_text(), re.DOTALL)
    return {name: " ".join(text.strip().split("\n\n")[0].split()) for name, text in blocks}


@cache
def form() -> str:
    """Returns a hash of the responses' format; when it changes, all insights are published again."""
    parts = [f"{insight!r} {definition(insight)}" for insight in ORGANIZATION.values()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
