"""The acts that `explain` lists of every user make the audience and the retention, and nobody else's do."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from pyathena import connect
from pyathena.cursor import DictCursor

from tasks.insights.athena import AthenaGold
from tasks.insights.explain import causes
from tests.support.endpoint import REGION, WORKGROUP
from tests.support.gold_lake import GoldLake
from tests.support.histories import END
from tests.support.recomputation import COLUMNS, Row, audience, iso_week, monday, retention
from tests.support.replay import Calendar

UTC_DAYS = Calendar(ZoneInfo("UTC"), END)
Days = dict[str, set[date]]


class LakesGold(AthenaGold):
    """Gold as the product asks it, in the databases of a test's lake."""

    def __init__(self, lake: GoldLake) -> None:
        self._staging = f"staging_{lake.name}."
        self._connection = connect(
            region_name=REGION,
            endpoint_url=lake.endpoint.url,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            work_group=WORKGROUP,
            schema_name=f"gold_{lake.name}",
            poll_interval=0.05,
            cursor_class=DictCursor,
        )

    def query(self, sql: str) -> Iterator[dict[str, Any]]:
        return super().query(sql.replace(f"{settings.STAGING_DATABASE}.", self._staging))


@pytest.fixture(scope="module", params=["audience", "retention"])
def listed(request: pytest.FixtureRequest, built: GoldLake) -> Days:
    """Of each user the UTC days, up to as_of's, of the events that are listed."""
    gold, users = LakesGold(built), sorted({event["user_key"] for event in built.events()})
    moments = {
        user: [datetime.fromisoformat(cause.changed_at) for cause in causes(gold, request.param, user)]
        for user in users
    }
    return {
        user: {UTC_DAYS.day(moment) for moment in own if UTC_DAYS.day(moment) <= UTC_DAYS.today}
        for user, own in moments.items()
    }


def users_by_day(days: Days) -> dict[date, set[str]]:
    active: dict[date, set[str]] = defaultdict(set)
    for user, own in days.items():
        for day in own:
            active[day].add(user)
    return active


def in_gold(lake: GoldLake, relation: str) -> list[Row]:
    return lake.rows(relation, COLUMNS[relation])


def test_everybodys_acts_are_the_audience(listed: Days, built: GoldLake) -> None:
    rows = audience(users_by_day(listed), UTC_DAYS)
    assert len(rows) > 40
    assert sorted(rows, key=repr) == in_gold(built, "insight_audience")


def test_everybodys_acts_are_the_retention(listed: Days, built: GoldLake) -> None:
    rows = retention(users_by_day(listed), UTC_DAYS)
    assert len(rows) > 10
    assert sorted(rows, key=repr) == in_gold(built, "insight_retention")


def test_a_users_acts_are_the_users_own_days_weeks_and_cohort(listed: Days, built: GoldLake) -> None:
    in_lake: Days = defaultdict(set)
    for user, day in built.rows(f"staging_{built.name}.int_active_days", ["user_id", "day"]):
        in_lake[user].add(day)
    active = {user: own for user, own in listed.items() if own}
    assert len(active) > 10
    assert active == in_lake
    alone = {user: retention(users_by_day({user: own}), UTC_DAYS) for user, own in active.items()}
    cohorts = {user: iso_week(min(map(monday, own))) for user, own in active.items()}
    sizes = {(row[0], row[2]) for row in in_gold(built, "insight_retention")}
    assert sizes == {(cohort, list(cohorts.values()).count(cohort)) for cohort in cohorts.values()}
    returned: dict[tuple[Any, Any], float] = defaultdict(float)
    for own in alone.values():
        for cohort, week, _, share, _ in own:
            assert isinstance(share, float)
            returned[cohort, week] += share
    assert returned == {
        (cohort, week): pytest.approx(share * users)
        for cohort, week, users, share, _ in in_gold(built, "insight_retention")
        if isinstance(share, float) and isinstance(users, int)
    }
