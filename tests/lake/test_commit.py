import json
from dataclasses import replace
from typing import Any

import pytest
from moto import mock_aws

from glue.lake import Lake, commit, erasures, manifest, objects, paths, planning, versions
from glue.lake.catalog import partitions
from tests.support.lakes import BUCKET, finish, located, make_lake, put_bronze, state, tags

FIRST, SECOND, THIRD = "20260105T090000000Z", "20260105T100000000Z", "20260106T100000000Z"


class Killed(BaseException):
    """What no code under test catches."""


class Writes:
    """Counts the writes of a lake's clients, and kills the process before or after the n-th."""

    KINDS = ("Put", "Create", "Update", "Delete", "Batch", "Copy")

    def __init__(self, target: Lake) -> None:
        self.count = 0
        self.kill_at: int | None = None
        for client in (target.s3, target.glue):
            client.meta.events.register("before-call", self._before)
            client.meta.events.register("after-call", self._after)
        self.when = "before"

    def _before(self, model: Any, **_: Any) -> None:
        if self._is_write(model):
            self.count += 1
            if self.when == "before" and self.count == self.kill_at:
                raise Killed

    def _after(self, model: Any, **_: Any) -> None:
        if self._is_write(model) and self.when == "after" and self.count == self.kill_at:
            raise Killed

    def _is_write(self, model: Any) -> bool:
        return model.name.startswith(self.KINDS) and not model.name.startswith("BatchGet")


def test_manifest_forgets_what_the_look_back_no_longer_lists(target: Lake) -> None:
    put_bronze(target.s3, "old", day="2026-01-05")
    commit.commit(target, finish(target, FIRST, "2026-01-05"))
    new = put_bronze(target.s3, "new", day="2026-01-09")
    commit.commit(target, finish(target, "20260109T100000000Z", "2026-01-09"))
    commit.commit(target, finish(target, "20260109T110000000Z", "2026-01-09"))
    newest = manifest.newest_manifest(target.s3, BUCKET)
    assert newest is not None
    assert newest.window == [new]


def test_commit_switches_dates_and_notes_entities(target: Lake) -> None:
    put_bronze(target.s3, "a")
    commit.commit(target, finish(target, FIRST, "2026-01-04", "2026-01-05"))
    put_bronze(target.s3, "b")
    commit.commit(target, finish(target, SECOND, "2026-01-05", "2026-01-06"))
    assert located(target) == {
        "2026-01-04": f"silver/change_events/dt=2026-01-04/{FIRST}/",
        "2026-01-05": f"silver/change_events/dt=2026-01-05/{SECOND}/",
        "2026-01-06": f"silver/change_events/dt=2026-01-06/{SECOND}/",
    }
    assert located(target, "silver_commits") == {"2026-01-05": "silver/commits/dt=2026-01-05/"}
    assert located(target, "quarantine") == {"2026-01-05": "silver/quarantine/dt=2026-01-05/"}
    rows = objects.read(target.s3, BUCKET, f"silver/commits/dt=2026-01-05/{SECOND}.json").splitlines()
    assert [(json.loads(row)["pass_id"], json.loads(row)["event_dt"]) for row in rows] == [
        (SECOND, "2026-01-05"),
        (SECOND, "2026-01-06"),
    ]


def test_partition_has_the_tables_storage(target: Lake) -> None:
    put_bronze(target.s3, "a")
    commit.commit(target, finish(target, FIRST, "2026-01-05"))
    part = target.glue.get_partition(
        DatabaseName=target.database, TableName="change_events", PartitionValues=["2026-01-05"]
    )["Partition"]
    assert part["StorageDescriptor"]["Columns"][0] == {"Name": "schema_version", "Type": "int"}


def test_replaced_files_stay_and_are_tagged_a_pass_later(target: Lake) -> None:
    old = f"{paths.silver_folder('2026-01-05', FIRST)}part-0.parquet"
    for pass_id in (FIRST, SECOND):
        put_bronze(target.s3, pass_id)
        commit.commit(target, finish(target, pass_id, "2026-01-05"))
    assert tags(target.s3, old) == {}
    put_bronze(target.s3, THIRD)
    commit.commit(target, finish(target, THIRD, "2026-01-06"))
    assert tags(target.s3, old) == {"superseded": "true"}
    assert tags(target.s3, f"{paths.silver_folder('2026-01-05', SECOND)}part-0.parquet") == {}


def test_more_dates_than_a_call_takes(target: Lake) -> None:
    dates = [f"20{year}-0{month}-{day:02d}" for year in (24, 25) for month in range(1, 5) for day in range(1, 29)]
    for pass_id in (FIRST, SECOND):
        put_bronze(target.s3, pass_id)
        commit.commit(target, finish(target, pass_id, *dates))
    assert located(target) == {dt: paths.silver_folder(dt, SECOND) for dt in dates}


def test_overtaken_pass_leaves_nothing(target: Lake) -> None:
    put_bronze(target.s3, "a")
    fast = finish(target, FIRST, "2026-01-05")
    commit.commit(target, fast)
    before = state(target)
    slow = finish(target, SECOND, "2026-01-05")
    with pytest.raises(commit.PassOvertakenError, match=f"newest is {FIRST}"):
        commit.commit(target, replace(slow, plan=fast.plan))
    assert state(target) == before


def test_overtaken_pass_puts_nothing_in_place(target: Lake) -> None:
    """Under its id, which is before the newest, nobody would look for what never counted."""
    put_bronze(target.s3, "a")
    slow = commit.Outcome(FIRST, planning.plan(target), ["2026-01-05"], b"")
    commit.commit(target, finish(target, SECOND, "2026-01-05"))
    put: list[str] = []
    with pytest.raises(commit.PassOvertakenError):
        commit.commit(target, slow, lambda: put.append(FIRST))
    assert not put


def test_committed_pass_that_is_repeated_behind_another_stays(target: Lake) -> None:
    put_bronze(target.s3, "a")
    first = finish(target, FIRST, "2026-01-05")
    commit.commit(target, first)
    put_bronze(target.s3, "b")
    commit.commit(target, finish(target, SECOND, "2026-01-06"))
    before = state(target)
    with pytest.raises(commit.PassOvertakenError):
        commit.commit(target, first)
    assert state(target) == before


WRITES_OF_A_COMMIT = 7
KILLS = [(when, number) for when in ("before", "after") for number in range(1, WRITES_OF_A_COMMIT + 1)]


def third_pass(target: Lake) -> tuple[commit.Outcome, Writes]:
    """Two passes are committed, the third has its files in place."""
    for pass_id in (FIRST, SECOND):
        put_bronze(target.s3, pass_id)
        commit.commit(target, finish(target, pass_id, "2026-01-05"))
    put_bronze(target.s3, "new")
    return finish(target, THIRD, "2026-01-05", "2026-01-06"), Writes(target)


def undisturbed() -> dict[str, Any]:
    with mock_aws():
        target = make_lake()
        outcome, writes = third_pass(target)
        commit.commit(target, outcome)
        assert writes.count == WRITES_OF_A_COMMIT
        return state(target)


def killed(target: Lake, when: str, number: int) -> commit.Outcome:
    outcome, writes = third_pass(target)
    writes.when, writes.kill_at = when, number
    with pytest.raises(Killed):
        commit.commit(target, outcome)
    return outcome


@pytest.mark.parametrize(("when", "number"), KILLS)
def test_commit_killed_at_any_write_and_repeated_is_as_if_never_killed(when: str, number: int) -> None:
    expected = undisturbed()
    with mock_aws():
        target = make_lake()
        commit.commit(target, killed(target, when, number))
        assert state(target) == expected


@pytest.mark.parametrize(("when", "number"), KILLS[:-1])
def test_pass_killed_before_its_end_leaves_nothing_to_the_next(target: Lake, when: str, number: int) -> None:
    unfinished = killed(target, when, number)
    again = "20260106T110000000Z"
    outcome = finish(target, again, "2026-01-05", "2026-01-06")
    assert replace(outcome.plan, unfinished={}) == unfinished.plan
    commit.commit(target, outcome)
    assert located(target) == {dt: paths.silver_folder(dt, again) for dt in ("2026-01-05", "2026-01-06")}
    ledger = [key.rpartition("/")[2] for key in objects.keys(target.s3, BUCKET, paths.COMMITS)]
    assert ledger == [f"{FIRST}.json", f"{SECOND}.json", f"{again}.json"]
    assert not objects.keys(target.s3, BUCKET, paths.quarantine_folder(THIRD))
    assert tags(target.s3, f"{paths.silver_folder('2026-01-06', THIRD)}part-0.parquet") == {"superseded": "true"}
    assert planning.plan(target).objects == []


def test_pass_killed_after_its_last_write_is_done(target: Lake) -> None:
    killed(target, "after", WRITES_OF_A_COMMIT)
    assert planning.plan(target) == planning.Plan(THIRD, [])


def test_existing_partitions_are_those_of_committed_passes(target: Lake) -> None:
    killed(target, "before", WRITES_OF_A_COMMIT)
    assert located(target)["2026-01-05"] == paths.silver_folder("2026-01-05", THIRD)
    folder = paths.silver_folder("2026-01-05", SECOND)
    before = f"s3://{BUCKET}/{folder}"
    expected = {"2026-01-05": before}, {"2026-01-05": before, "2026-01-06": None}
    assert partitions(target, SECOND) == expected


def test_dates_that_only_a_killed_pass_switched_go_back(target: Lake) -> None:
    killed(target, "before", WRITES_OF_A_COMMIT)
    commit.commit(target, finish(target, "20260106T110000000Z", "2026-01-07"))
    assert located(target) == {
        "2026-01-05": paths.silver_folder("2026-01-05", SECOND),
        "2026-01-07": paths.silver_folder("2026-01-07", "20260106T110000000Z"),
    }


def test_date_that_a_killed_pass_touched_for_somebody_erased_since_is_retired(target: Lake) -> None:
    put_bronze(target.s3, "a")
    commit.commit(target, finish(target, FIRST, "2026-01-05"))
    put_bronze(target.s3, "b")
    finish(target, SECOND, "2026-01-04")
    outcome = finish(target, THIRD, "2026-01-06")
    commit.commit(target, replace(outcome, plan=replace(outcome.plan, erasures=erasures.Erasures(["a"], ["a"]))))
    assert tags(target.s3, f"{paths.silver_folder('2026-01-04', SECOND)}part-0.parquet") == {"superseded": "true"}
    assert tags(target.s3, f"{paths.silver_folder('2026-01-05', FIRST)}part-0.parquet") == {}


def test_versions_that_a_killed_pass_left_are_none(target: Lake) -> None:
    killed(target, "before", WRITES_OF_A_COMMIT)
    for pass_id in (SECOND, THIRD):
        folder = paths.versions_folder("task-019ab", pass_id)
        target.s3.put_object(Bucket=BUCKET, Key=f"{folder}part-0.json.gz", Body=b"")
    assert versions.shards(target, SECOND) == {"task-019ab": paths.versions_folder("task-019ab", SECOND)}
    commit.commit(target, finish(target, "20260106T110000000Z", "2026-01-05"))
    assert objects.keys(target.s3, BUCKET, paths.VERSIONS) == [
        f"{paths.versions_folder('task-019ab', SECOND)}part-0.json.gz"
    ]


def test_what_held_erased_users_is_retired_by_the_pass_that_clears_it(target: Lake) -> None:
    put_bronze(target.s3, "a")
    commit.commit(target, finish(target, FIRST, "2026-01-05"))
    put_bronze(target.s3, "b")
    outcome = finish(target, SECOND, "2026-01-05")
    cleared = replace(outcome, plan=replace(outcome.plan, erasures=erasures.Erasures(["a"], ["a"])))
    commit.commit(target, cleared)
    assert tags(target.s3, f"{paths.silver_folder('2026-01-05', FIRST)}part-0.parquet") == {"superseded": "true"}
    assert tags(target.s3, f"{paths.silver_folder('2026-01-05', SECOND)}part-0.parquet") == {}
