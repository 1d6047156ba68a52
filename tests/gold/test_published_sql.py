"""Queries as the reference service's analysts have them, on the relations whose names and columns stay."""

from collections import Counter

import pytest

from tests.support.gold_lake import GoldLake
from tests.support.histories import END
from tests.support.replay import Task, replay


@pytest.fixture(scope="module")
def existing(built: GoldLake) -> list[Task]:
    return [task for task in replay(built.events()) if not task.deleted]


def test_most_productive_users(built: GoldLake, existing: list[Task]) -> None:
    found = built.stack().typed_rows(
        "SELECT user_id, total_tasks, completed_tasks, "
        "ROUND(CAST(completed_tasks AS DOUBLE) / total_tasks * 100, 2) AS completion_rate "
        "FROM task_analytics_user_metrics ORDER BY completed_tasks DESC, user_id LIMIT 10"
    )
    total = Counter(task.owner for task in existing)
    done = Counter(task.owner for task in existing if task.status == "completed")
    expected = [(user, n, done[user], round(done[user] / n * 100, 2)) for user, n in total.items()]
    assert found == sorted(expected, key=lambda row: (-row[2], row[0]))[:10]


def test_categories_by_number_of_tasks(built: GoldLake, existing: list[Task]) -> None:
    found = built.stack().typed_rows(
        "SELECT category, total_tasks, completed_tasks FROM task_analytics_category_trends WHERE category IS NOT NULL"
    )
    total = Counter(task.category for task in existing if task.category is not None)
    done = Counter(task.category for task in existing if task.status == "completed")
    assert sorted(found) == sorted((category, n, done[category]) for category, n in total.items())
    assert len(found) == len(set(total))


def test_key_figures(built: GoldLake, existing: list[Task]) -> None:
    found = dict(built.stack().typed_rows("SELECT metric, value FROM business_metrics_kpis"))
    assert found == {
        "total_users": len({event["user_key"] for event in built.events()}),
        "total_tasks": len(existing),
        "completed_tasks": sum(task.status == "completed" for task in existing),
    }


def test_users_seen_lately_with_their_tasks(built: GoldLake, existing: list[Task]) -> None:
    found = built.stack().typed_rows(
        "SELECT u.user_id, u.email, u.name, u.total_events, m.pending_tasks, m.in_progress_tasks "
        "FROM user_analytics u LEFT JOIN task_analytics_user_metrics m ON u.user_id = m.user_id "
        f"WHERE u.last_updated >= TIMESTAMP '{END.date()}' - INTERVAL '2' DAY"
    )
    events = built.events()
    last: dict[str, str] = {}
    for event in events:
        last[event["user_key"]] = max(last.get(event["user_key"], ""), event["changed_at"])
    n = Counter((task.owner, task.status) for task in existing)
    with_tasks = {task.owner for task in existing}
    expected = [
        (
            user, "***", "***", sum(event["user_key"] == user for event in events),
            *((n[user, "pending"], n[user, "in_progress"]) if user in with_tasks else (None, None)),
        )
        for user, moment in last.items()
        if moment >= "2026-11-07"
    ]  # fmt: skip
    assert sorted(found) == sorted(expected)
