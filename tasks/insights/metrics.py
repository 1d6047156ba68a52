"""The business metrics, measure once per pass from gold's totals: one query of two small relations, no scan."""

from collections.abc import Iterator
from typing import Final, Protocol

import boto3
from django.conf import settings

from glue.lake import metrics
from tasks.insights import relations
from tasks.insights.athena import Row
from tasks.models.keys import ORGANIZATION

NAMESPACE: Final = "TodoApi/CustomMetrics"
# Omits rates with a zero denominator: without tasks or users they are null.
QUERY: Final = f"""
with mix as (
    select
        coalesce(sum(case when value = 'pending' then n end), 0) as pending,
        coalesce(sum(case when value = 'in_progress' then n end), 0) as in_progress,
        coalesce(sum(case when value = 'completed' then n end), 0) as completed,
        coalesce(sum(case when value = 'high' then n end), 0) as high_priority
    from {relations.MIX}
    where user_id = {relations.text(ORGANIZATION)} and dimension in ('status', 'priority')
)
select
    summary.total_users as "TotalUsers",
    summary.active_this_month as "ActiveUsers",
    summary.total_tasks as "TotalTasks",
    mix.completed as "CompletedTasks",
    mix.pending as "PendingTasks",
    mix.in_progress as "InProgressTasks",
    mix.high_priority as "HighPriorityTasks",
    summary.completion_rate * 100 as "TaskCompletionRate",
    summary.tasks_per_user as "AverageTasksPerUser"
from {relations.ORGANIZATION_SUMMARY} as summary
cross join mix"""  # noqa: S608 -- our own names


class Gold(Protocol):
    """Runs queries of gold."""

    def query(self, sql: str) -> Iterator[Row]:
        """Yields a query's rows."""


def measure(gold: Gold) -> dict[str, float]:
    """Returns the metrics by name, as of gold's last build; rates in percent. Raises pyathena's errors."""
    (row,) = gold.query(QUERY)
    return {name: float(value) for name, value in row.items() if value is not None}


def put(gold: Gold) -> None:
    """Measures the metrics and puts them to CloudWatch. Raises pyathena's errors and ClientError."""
    cloudwatch = boto3.client("cloudwatch", region_name=settings.REGION)
    metrics.put(cloudwatch, measure(gold), namespace=NAMESPACE, units={"TaskCompletionRate": "Percent"})
