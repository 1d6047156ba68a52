"""The generated history: the same again, growing with time, and like people's work."""

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

from tasks.api.serializers import TaskSerializer, time_zones
from tasks.imports import sample
from tasks.imports.history_csv import Row

UNTIL = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
PEOPLE = sample.people(4)


def rows(until: datetime = UNTIL, days: int = 150, seed: int = 1) -> list[Row]:
    return sample.rows(PEOPLE, until=until, days=days, seed=seed)


def key(row: Row) -> tuple[str, str, str]:
    return row.owner, row.task, row.digest(0)


def test_same_seed_makes_the_same_history() -> None:
    assert rows() == rows()


def test_another_seed_makes_another_one() -> None:
    assert not {key(row) for row in rows()} & {key(row) for row in rows(seed=2)}


def test_later_run_adds_and_changes_nothing() -> None:
    begin = UNTIL - timedelta(days=140)
    before = [key(row) for row in rows() if row.changed_at > begin]
    later = [key(row) for row in rows(UNTIL + timedelta(days=5), days=155) if begin < row.changed_at <= UNTIL]
    assert set(before) == set(later)
    assert len(before) == len(later)


def test_rows_are_in_order_of_time_and_none_lies_ahead() -> None:
    times = [row.changed_at for row in rows()]
    assert times == sorted(times)
    assert max(times) <= UNTIL


def test_first_row_of_each_task_makes_it_and_nothing_follows_its_deletion() -> None:
    lives: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows():
        lives[row.owner, row.task].append(row)
    assert all(life[0].values["status"] == "pending" for life in lives.values())
    assert not any(row.deleted for life in lives.values() for row in life[:-1])


def test_rows_are_what_the_api_takes() -> None:
    for row in rows(days=30):
        assert row.deleted or TaskSerializer(data=row.values).is_valid()


def test_history_has_all_that_the_insights_show() -> None:
    made = rows()
    statuses = Counter(row.values.get("status") for row in made)
    reopened = sum(
        earlier.values["status"] == "completed" and later.values.get("status") == "in_progress"
        for earlier, later in pairs(made)
    )
    assert len({row.owner for row in made}) == 4
    assert min(statuses[status] for status in ("pending", "in_progress", "completed", "cancelled")) >= 20
    assert {row.values["category"] for row in made if not row.deleted} == set(sample.CATEGORIES)
    assert sum("due_date" in row.values for row in made) > 100
    assert sum(row.deleted for row in made) > 10
    assert reopened > 10
    assert (UNTIL - made[0].changed_at).days in range(140, 151)


def pairs(made: list[Row]) -> list[tuple[Row, Row]]:
    """Each row with the next of its task."""
    last: dict[tuple[str, str], Row] = {}
    found: list[tuple[Row, Row]] = []
    for row in made:
        if (row.owner, row.task) in last:
            found.append((last[row.owner, row.task], row))
        last[row.owner, row.task] = row
    return found


def test_more_people_than_there_are_get_names_of_their_own() -> None:
    names = [person.name for person in sample.people(12)]
    assert len(set(names)) == 12
    assert names[0] == "demo"


def test_people_live_in_zones_that_exist() -> None:
    zones = {person.time_zone for person in sample.PEOPLE}
    assert len(zones) == 5
    assert zones <= time_zones()
