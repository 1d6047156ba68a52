from datetime import UTC, datetime, timedelta

from glue.lake import Lake, commit, manifest, paths, planning
from tests.support.lakes import finish, put_bronze, written_at

FIRST, SECOND, THIRD = "20260105T090000000Z", "20260105T100000000Z", "20260106T100000000Z"


def test_before_the_first_pass_everything_is_new(target: Lake) -> None:
    old, new = put_bronze(target.s3, "a", day="2025-11-01"), put_bronze(target.s3, "b")
    assert planning.plan(target) == planning.Plan(None, [old, new])


def test_plan_without_new_objects_asks_no_catalog(target: Lake) -> None:
    put_bronze(target.s3, "a")
    commit.commit(target, finish(target, FIRST, "2026-01-05"))
    target.glue.delete_database(Name=target.database)
    assert planning.plan(target) == planning.Plan(FIRST, [])


def test_late_object_of_an_earlier_day_is_new(target: Lake) -> None:
    put_bronze(target.s3, "a")
    commit.commit(target, finish(target, FIRST, "2026-01-05"))
    late = put_bronze(target.s3, "late", day="2026-01-03", hour="23")
    assert planning.plan(target).objects == [late]


def test_object_that_arrives_behind_the_look_back_is_read_once_and_counted(target: Lake) -> None:
    now = datetime.now(UTC)
    old, today = (f"{moment:%Y-%m-%d}" for moment in (now - 2 * manifest.LOOKBACK, now))
    put_bronze(target.s3, "seen", day=old)
    began = now + 2 * planning.CLOCK_SKEW
    commit.commit(target, finish(target, paths.pass_id_at(began), today))
    assert planning.plan(target) == planning.Plan(paths.pass_id_at(began), [])
    behind = put_bronze(target.s3, "behind", day=old)
    written_at(behind, began + timedelta(minutes=1))
    plan = planning.plan(target)
    assert (plan.objects, plan.late) == ([behind], 1)
    reading, at_once = (began + timedelta(minutes=1) + planning.CLOCK_SKEW * part for part in (0.2, 0.6))
    later = began + timedelta(hours=1)
    for moment in (reading, at_once, later):
        commit.commit(target, finish(target, paths.pass_id_at(moment), today))
        assert planning.plan(target).objects == []


def test_objects_of_all_passes_in_the_window_are_done(target: Lake) -> None:
    for number, pass_id in enumerate((FIRST, SECOND, THIRD)):
        put_bronze(target.s3, f"object-{number}")
        commit.commit(target, finish(target, pass_id, "2026-01-05"))
    assert planning.plan(target).objects == []
