"""The rules of writing, on moto's table."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tasks import services
from tasks.exceptions import ProfileExists, ProfileNotFound, TaskExists, TaskNotFound
from tasks.models import Task, User, WriteContext, keys
from tests.support.table import Wire

pytestmark = pytest.mark.usefixtures("table")
REAL = datetime(2026, 11, 22, 12, tzinfo=UTC)
THEN = datetime(2012, 5, 1, 8, 30, tzinfo=UTC)


def at(hours: int) -> WriteContext:
    """An import's context: written now, changed long ago."""
    return WriteContext(now=REAL, changed_at=THEN + timedelta(hours=hours), actor="import", correlation_id="run")


def create(**values: Any) -> Task:
    return services.create_task(sub="u", values={"title": "x", **values}, context=at(0))


def update(task: Task, hours: int, **values: Any) -> Task:
    return services.task_update(values=values, context=at(hours)).store(sub="u", task_id=task.id)


def test_lifecycle_times_go_by_changed_at_and_updated_at_by_the_clock() -> None:
    task = update(create(), 5, status="completed")
    assert (task.created_at, task.completed_at) == (THEN, THEN + timedelta(hours=5))
    assert (task.updated_at, task.changed_at) == (REAL, THEN + timedelta(hours=5))


def test_id_is_of_the_creation() -> None:
    assert uuid_time(create().id) == THEN


def uuid_time(task_id: str) -> datetime:
    return datetime.fromtimestamp(int(task_id.replace("-", "")[:12], 16) / 1000, UTC)


@pytest.mark.parametrize("status", ["pending", "in_progress", "cancelled"])
def test_leaving_completed_clears_completed_at(status: str) -> None:
    task = create(status="completed")
    assert update(task, 1, status=status).completed_at is None
    assert update(task, 2, status="completed").completed_at == THEN + timedelta(hours=2)


def test_completed_again_keeps_the_first_entry() -> None:
    task = create(status="completed")
    assert update(task, 3, status="completed").completed_at == THEN


def test_started_at_is_the_first_start() -> None:
    task = create()
    update(task, 1, status="in_progress")
    update(task, 2, status="pending")
    assert update(task, 3, status="in_progress").started_at == THEN + timedelta(hours=1)


def test_update_without_a_status_leaves_the_times() -> None:
    assert update(create(status="completed"), 4, title="y").completed_at == THEN


def test_each_write_counts_the_version(calls: Wire) -> None:
    task = create()
    assert [update(task, n, title="y").version for n in (1, 2, 3)] == [2, 3, 4]
    assert calls == ["PutItem"] + ["UpdateItem"] * 3


def test_stamp_without_a_correlation_id_removes_the_last_one() -> None:
    task = create()
    context = WriteContext(now=REAL, changed_at=REAL)
    after = services.task_update(values={"title": "y"}, context=context).store(sub="u", task_id=task.id)
    assert after.actor == "api"
    assert after.correlation_id is None


def test_update_of_no_task_writes_nothing(table: Any) -> None:
    with pytest.raises(TaskNotFound):
        services.task_update(values={"title": "y"}, context=at(1)).store(sub="u", task_id=keys.new_task_id(THEN))
    assert table.scan()["Items"] == []


def test_create_over_a_task_is_refused() -> None:
    task = create()
    with pytest.raises(TaskExists):
        services.create_task(sub="u", values={"title": "y"}, context=at(1), task_id=task.id)
    assert getattr(Task.find("u", task.id), "title", None) == "x"


def test_imported_row_is_applied_once() -> None:
    task = create()

    def apply() -> Task:
        values = {"title": "y"}
        return services.task_update(values=values, context=at(1), imported_row="row-1").store(sub="u", task_id=task.id)

    assert apply().version == 2
    with pytest.raises(TaskNotFound):
        apply()
    assert getattr(Task.find("u", task.id), "version", None) == 2


def test_deleted_task_is_deleted_once() -> None:
    task = create(status="completed", due_date="2012-05-02")
    trace = services.task_deletion(context=at(2)).store(sub="u", task_id=task.id)
    assert trace.title is None
    assert (trace.completed_at, trace.due_date) == (THEN, "2012-05-02")
    assert (trace.deleted_at, trace.expires_at) == (
        THEN + timedelta(hours=2),
        (REAL + timedelta(days=30)).timestamp(),
    )
    with pytest.raises(TaskNotFound):
        services.task_deletion(context=at(3)).store(sub="u", task_id=task.id)


def test_profile_is_made_once() -> None:
    services.store_profile(services.new_profile(sub="u", email="u@example.com", name="U", context=at(0)))
    with pytest.raises(ProfileExists):
        services.store_profile(services.new_profile(sub="u", email="v@example.com", name="V", context=at(1)))
    assert getattr(User.find("u"), "email", None) == "u@example.com"


def test_update_of_no_profile_writes_nothing(table: Any) -> None:
    with pytest.raises(ProfileNotFound):
        services.update_profile(sub="u", values={"name": "V"}, context=at(1))
    assert table.scan()["Items"] == []
