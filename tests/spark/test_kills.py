"""A pass that dies at any call to AWS, and is repeated, leaves the lake as if it had not died."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from moto import mock_aws

from glue.job.silver_pass import Finished, deliver, run_plan
from glue.lake import Lake, erasures, objects, paths, planning
from infra.local.glue_job import spark_submit
from infra.local.staging import StagedStorage
from tests.support.events import event, line
from tests.support.lakes import BUCKET, located, make_lake, put_bronze, state

FIRST, SECOND, THIRD = "20260105T090000000Z", "20260105T100000000Z", "20260105T110000000Z"
GONE = "0" * 64
Done = dict[str, tuple[StagedStorage, planning.Plan, Finished]]


class Killed(BaseException):
    """What no code under test catches."""


class Fault:
    """Kills the process before the n-th call of a lake's clients, reads among them."""

    def __init__(self, target: Lake, number: int = 0) -> None:
        self.count = 0
        self.number = number
        self._events = [client.meta.events for client in (target.s3, target.glue)]
        for events in self._events:
            events.register("before-call", self._call)

    def _call(self, **_: Any) -> None:
        self.count += 1
        if self.count == self.number:
            raise Killed

    def lift(self) -> None:
        for events in self._events:
            events.unregister("before-call", self._call)


def bronze(target: Lake) -> None:
    put_bronze(target.s3, "a", body=line(event(1), event(2, day="2026-01-04"), event(9, user_key=GONE)))


def more_bronze(target: Lake) -> None:
    put_bronze(target.s3, "b", body=line(event(1, 2), event(1), event(3, day="2026-01-06")) + b"no event\n")
    put_bronze(target.s3, "cut.gz", body=b"\x1f\x8b")


@pytest.fixture(scope="module")
def spark_done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    """What Spark makes of two passes: the first of one object, the second clears a user too."""
    done = {}
    with mock_aws():
        target = make_lake()
        bronze(target)
        for pass_id, erased_users in ((FIRST, []), (SECOND, [GONE])):
            plan = planning.plan(target, erased_users)
            folder = tmp_path_factory.mktemp(pass_id)
            storage = StagedStorage(folder)
            run_job = partial(spark_submit, folder=folder, small=True)
            done[pass_id] = storage, plan, run_plan(target, storage, run_job, plan, pass_id)
            deliver(target, *done[pass_id])
            more_bronze(target)
    return done


@pytest.fixture
def target() -> Iterator[Lake]:
    with mock_aws():
        yield make_lake()


def before_the_second(target: Lake, done: Done) -> None:
    bronze(target)
    deliver(target, *done[FIRST])
    more_bronze(target)


def undisturbed(done: Done) -> tuple[dict[str, Any], int]:
    with mock_aws():
        target = make_lake()
        before_the_second(target, done)
        fault = Fault(target)
        deliver(target, *done[SECOND])
        fault.lift()
        return state(target), fault.count


def test_pass_killed_at_any_call_and_repeated_is_as_if_never_killed(spark_done: Done) -> None:
    expected, calls = undisturbed(spark_done)
    assert calls > 20
    for number in range(1, calls + 1):
        with mock_aws():
            target = make_lake()
            before_the_second(target, spark_done)
            fault = Fault(target, number)
            with pytest.raises(Killed):
                deliver(target, *spark_done[SECOND])
            fault.lift()
            deliver(target, *spark_done[SECOND])
            assert state(target) == expected, f"killed at call {number} of {calls}"


def test_the_passes_did_what_they_are_to_be_killed_at(target: Lake, spark_done: Done) -> None:
    before_the_second(target, spark_done)
    counts = deliver(target, *spark_done[SECOND])
    expected = {"new_events": 2, "duplicates": 1, "quarantined": 1, "erased": 1, "quarantined_objects": 1}
    assert {name: counts[name] for name in expected} == expected
    assert set(located(target).values()) == {
        paths.silver_folder("2026-01-04", FIRST),
        paths.silver_folder("2026-01-05", SECOND),
        paths.silver_folder("2026-01-06", SECOND),
    }
    assert planning.plan(target, [GONE]) == planning.Plan(SECOND, [], erasures=erasures.Erasures([GONE], []))
    quarantined = objects.keys(target.s3, BUCKET, paths.quarantine_folder(SECOND))
    assert [key.rpartition("/")[2].partition("-")[0] for key in quarantined] == ["objects.json", "part"]
