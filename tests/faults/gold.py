"""Gold, recomputed from silver's log in plain Python, as the publication reads it.

The definitions are those of `tests/support/recomputation.py`, which `tests/pipeline/` holds against dbt's relations.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from tasks.insights.payloads import Found
from tasks.insights.registry import MAX_ENTRIES, Insight
from tasks.models import Publication
from tests.support.recomputation import COLUMNS, ORGANIZATION, Row, recompute
from tests.support.replay import Calendar, Event, time_zones


class RecomputedGold:
    """The relations as of a pass; implements `tasks.publishing.Gold`."""

    def __init__(self, events: Iterable[Event], as_of: datetime, pass_id: str | None) -> None:
        self.events = list(events)
        self.as_of = as_of
        self.pass_id = pass_id

    @cached_property
    def relations(self) -> dict[str, list[Row]]:
        return recompute(self.events, self.as_of)

    def last_pass(self, last: Publication | None) -> str | None:  # noqa: ARG002 -- as the lake's gold
        return self.pass_id

    def due(self, last: Publication | None) -> Mapping[str, date]:  # noqa: ARG002 -- everybody, every time
        days = {user: Calendar(zone, self.as_of).today for user, zone in time_zones(self.events).items()}
        return {**days, ORGANIZATION: Calendar(ZoneInfo("UTC"), self.as_of).today}

    def found(self, insight: Insight, user_keys: Collection[str]) -> Mapping[str, Found]:
        names = COLUMNS[insight.relation]
        by_owner: dict[str, list[dict[str, Any]]] = {}
        for row in self.relations[insight.relation]:
            named = {name: _plain(value) for name, value in zip(names, row, strict=True)}
            owner = str(named.pop("user_id")) if insight.of_users else ORGANIZATION
            if owner in user_keys:
                by_owner.setdefault(owner, []).append(named)
        return {owner: Found(sorted(rows, key=repr)[:MAX_ENTRIES], len(rows)) for owner, rows in by_owner.items()}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
