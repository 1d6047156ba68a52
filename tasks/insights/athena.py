"""Queries of gold through Athena."""

import datetime
from collections.abc import Collection, Iterator
from itertools import groupby
from typing import Any

from django.conf import settings
from pyathena import connect
from pyathena.cursor import DictCursor

from tasks.insights import relations
from tasks.insights.payloads import Found
from tasks.insights.registry import MAX_ENTRIES, Insight
from tasks.insights.relations import text, texts, timestamp
from tasks.models import Publication
from tasks.models.instants import format_instant
from tasks.models.keys import ORGANIZATION

Row = dict[str, Any]


class AthenaGold:
    """The gold database of this deployment. Safe to share between threads."""

    def __init__(self) -> None:
        self._connection = connect(
            region_name=settings.REGION,
            work_group=settings.ATHENA_WORKGROUP,
            schema_name=settings.GOLD_DATABASE,
            poll_interval=0.1,
            cursor_class=DictCursor,
        )

    def query(self, sql: str) -> Iterator[Row]:
        """Yields a query's rows; their values are JSON types, dates or times. Raises pyathena's errors."""
        cursor = self._connection.cursor()
        cursor.execute(sql)
        for row in cursor:
            yield dict(row)

    def last_pass(self, last: Publication | None) -> str | None:
        """Returns the newest pass that brought events. With `last`, reads the ledger only from there."""
        since = f"where dt >= date '{last.committed_on}'" if last else ""
        (row,) = self.query(f"select max(pass_id) as pass_id from {relations.COMMITS} {since}")  # noqa: S608 -- our own names
        found: str | None = row["pass_id"]
        return found or (last.pass_id if last else None)

    def due(self, last: Publication | None) -> dict[str, datetime.date]:
        """Returns the owners to publish after `last` (None: all), with as_of's local day; always the organization."""
        return {row["user_id"]: row["today"] for row in self.query(_due(last))}

    def found(self, insight: Insight, user_keys: Collection[str]) -> dict[str, Found]:
        """Returns the publishable rows of each of these owners, the most important ones first."""
        rows = self.query(_published(insight, user_keys))
        return {owner: _found(list(own)) for owner, own in groupby(rows, key=lambda row: row["user_id"])}


def _found(rows: list[Row]) -> Found:
    total = rows[0]["total_rows"]
    skipped = ("user_id", "total_rows", "place")
    return Found([{name: _plain(value) for name, value in row.items() if name not in skipped} for row in rows], total)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return format_instant(value.replace(tzinfo=datetime.UTC))
    return value.isoformat() if isinstance(value, datetime.date) else value


def _published(insight: Insight, user_keys: Collection[str]) -> str:
    """Selects the rows to publish, plus one more period, if there is one, to tell that rows are left out."""
    period = insight.period
    place = (
        f"dense_rank() over (partition by user_id order by {period.column} desc)"
        if period
        else (f"row_number() over (partition by user_id order by {insight.order})")
    )
    kept = f"place <= {period.most + 1} or {period.column} is null" if period else f"place <= {MAX_ENTRIES}"
    owner = "" if insight.of_users else f"{text(ORGANIZATION)} as user_id, "
    return f"""
with owned as (
    select {owner}* from {settings.GOLD_DATABASE}.{insight.relation}
),
placed as (
    select *, count(*) over (partition by user_id) as total_rows, {place} as place
    from owned
    where user_id in {texts(user_keys)}
)
select * from placed
where {kept}
order by user_id, place"""  # noqa: S608 -- our own names and keys, not input


def _due(last: Publication | None) -> str:
    """Selects all users; or those with events since `last`, and those with ageing figures whose local day has changed.

    A streak that was live in `last` may have ended since without any event.
    """
    if last is None:
        return f"select user_id, today from {relations.CALENDARS}"  # noqa: S608 -- our own name
    return f"""
with days as (
    select
        user_id,
        today,
        cast(at_timezone(with_timezone({timestamp(last.as_of)}, 'UTC'), time_zone) as date) as published_day
    from {relations.CALENDARS}
),
changed as (
    select user_id from {relations.COMMITS}
    where dt >= date '{last.committed_on}' and pass_id > {text(last.pass_id)}
),
last_completions as (
    select user_id, max(completed_day) as completed_day
    from {relations.COMPLETIONS}
    group by user_id
)
select days.user_id, days.today
from days
left join last_completions
    on days.user_id = last_completions.user_id
where
    days.user_id = {text(ORGANIZATION)}
    or days.user_id in (select user_id from changed)
    or (
        days.today <> days.published_day
        and (
            days.user_id in (select user_id from {relations.AGEING})
            or last_completions.completed_day >= date_add('day', -1, least(days.today, days.published_day))
        )
    )"""  # noqa: S608 -- our own names and times, not input
