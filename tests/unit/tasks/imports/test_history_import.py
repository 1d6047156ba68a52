"""A history replayed on moto: each row once, whatever happens in between."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from tasks import services
from tasks.accounts import identity
from tasks.accounts.profiles import own_profile
from tasks.imports.history_csv import BadRow, Row
from tasks.imports.history_import import Tally, replay
from tasks.models import Task, WriteContext
from tests.support.table import Wire
from tests.support.tokens import REGION

THEN = datetime(2025, 3, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def pool(table: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """moto's Cognito instead of the key server's address."""
    monkeypatch.delenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER")
    identity.client.cache_clear()
    cognito = boto3.client("cognito-idp", region_name=REGION)
    settings.USER_POOL_ID = cognito.create_user_pool(PoolName="p", UsernameAttributes=["email"])["UserPool"]["Id"]
    yield cognito
    identity.client.cache_clear()


def row(line: int, status: str, task: str = "t", owner: str = "ada", hours: int | None = None) -> Row:
    values = {"title": f"Title of {task}", "status": status, "priority": "low", "category": None}
    changed_at = THEN + timedelta(hours=line if hours is None else hours)
    return Row(line, owner, task, changed_at, values)


ROWS = [
    row(1, "pending"),
    row(2, "in_progress", hours=5),
    row(3, "completed", hours=5),
    row(4, "pending", task="u"),
    row(5, "pending", hours=7),
    row(6, "completed", hours=9),
    row(7, "completed", hours=11),
    row(8, "in_progress", task="t", owner="bob"),
]


def run(rows: list[Row], bad: list[BadRow] | None = None, **options: Any) -> Tally:
    reported: list[BadRow] = [] if bad is None else bad
    return replay(rows, email_domain="h.example", report=reported.append, progress=lambda _: None, **options)


def sub_of(owner: str) -> str:
    return identity.create_user(f"{owner}@h.example", owner)[0]


def tasks_of(owner: str) -> dict[str, Task]:
    return {str(task.title)[9:]: task for task in Task.query_page(sub_of(owner))[0]}


def test_rows_become_tasks_as_the_file_ends() -> None:
    assert (run(ROWS).applied, len(tasks_of("bob"))) == (8, 1)
    task = tasks_of("ada")["t"]
    assert (task.status, task.version, task.actor) == ("completed", 6, "import")
    assert (task.created_at, task.started_at) == (THEN + timedelta(hours=1), THEN + timedelta(hours=5))
    assert (task.completed_at, task.changed_at) == (THEN + timedelta(hours=9), THEN + timedelta(hours=11))


def test_each_row_is_one_write_and_each_owner_one_query(calls: Wire) -> None:
    run(ROWS)
    assert sorted(calls) == ["PutItem"] * (2 + 3) + ["Query"] * 2 + ["UpdateItem"] * 5


def test_profile_begins_with_the_owners_first_row() -> None:
    run(ROWS, time_zones={"bob": "Asia/Tokyo"})
    ada, bob = (own_profile(sub_of(owner)) for owner in ("ada", "bob"))
    assert ada is not None
    assert bob is not None
    assert (ada.email, ada.name, ada.time_zone) == ("ada@h.example", "ada", "UTC")
    assert (ada.created_at, ada.changed_at, bob.time_zone) == (THEN + timedelta(hours=1),) * 2 + ("Asia/Tokyo",)


def test_password_lets_the_owners_sign_in(pool: Any, settings: Any) -> None:
    app = pool.create_user_pool_client(
        UserPoolId=settings.USER_POOL_ID, ClientName="c", ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    )
    settings.CLIENT_ID = app["UserPoolClient"]["ClientId"]
    run(ROWS, password="Pass-word-1")
    assert identity.sign_in("bob@h.example", "Pass-word-1")["IdToken"].count(".") == 2


def test_again_writes_nothing(calls: Wire) -> None:
    run(ROWS)
    del calls[:]
    tally = run(ROWS)
    assert (tally.applied, tally.already_there, tally.bad) == (0, 8, 0)
    assert "UpdateItem" not in calls


@pytest.mark.parametrize("done", range(len(ROWS) + 1))
def test_stopped_anywhere_it_goes_on(done: int) -> None:
    run(ROWS[:done])
    tally = run(ROWS)
    assert (tally.applied, tally.already_there) == (8 - done, done)
    assert (tasks_of("ada")["t"].version, tasks_of("ada")["u"].version) == (6, 1)


def test_equal_rows_of_a_task_are_each_applied() -> None:
    rows = [row(1, "pending", hours=1), row(2, "pending", hours=1), row(3, "pending", hours=1)]
    assert (run(rows).applied, tasks_of("ada")["t"].version) == (3, 3)
    assert run(rows).already_there == 3


@pytest.mark.parametrize("missing", range(6))
def test_row_mended_later_leaves_the_task_as_its_history_ends(missing: int) -> None:
    rows = [entry for entry in ROWS if entry.task == "t" and entry.owner == "ada"]
    run(rows[:missing] + rows[missing + 1 :])
    tally = run(rows)
    task = tasks_of("ada")["t"]
    assert (tally.applied, tally.already_there) == (1, 5)
    # A row that comes late counts as of the last change before it.
    completed_at = THEN + timedelta(hours=9 if missing == 5 else 11)
    assert (task.status, task.completed_at) == ("completed", completed_at)
    assert len(tasks_of("ada")) == 1


def test_deleted_task_takes_its_row_and_refuses_later_ones() -> None:
    gone = Row(9, "ada", "u", THEN + timedelta(hours=20), deleted=True)
    bad: list[BadRow] = []
    assert run([*ROWS, gone, row(10, "completed", task="u")], bad).applied == 9
    assert bad == [BadRow(10, "its task has been deleted")]
    assert set(tasks_of("ada")) == {"t"}
    assert run([*ROWS, gone]).already_there == 9


def test_task_deleted_by_its_user_is_reported() -> None:
    run(ROWS[:1])
    context = WriteContext(now=THEN, changed_at=THEN)
    services.task_deletion(context=context).store(sub=sub_of("ada"), task_id=tasks_of("ada")["t"].id)
    bad: list[BadRow] = []
    tally = run(ROWS[:3], bad)
    assert (tally.applied, tally.bad, [entry.line for entry in bad]) == (0, 2, [2, 3])
