"""A pass that dies at any call to AWS, and is repeated, leaves the lake as if it had not died."""

from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from glue import erasures, lake
from glue.catalogue import Lake
from infra.local import glue_job
from infra.local.staging import Staged, stage
from tests.unit.glue.events import event, line
from tests.unit.glue.lakes import BUCKET, located, make_lake, put_bronze, state

FIRST, SECOND, THIRD = "20260105T090000000Z", "20260105T100000000Z", "20260105T110000000Z"
GONE = "0" * 64
Done = dict[str, tuple[lake.Plan, Staged, dict[str, Any]]]


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
        for pass_id, listed in ((FIRST, []), (SECOND, [GONE])):
            plan = lake.plan(target, listed)
            staged = stage(target, plan, tmp_path_factory.mktemp(pass_id))
            summary = glue_job.spark_submit(staged.folder, pass_id, small=True)
            glue_job.deliver(target, plan, staged, summary, pass_id)
            done[pass_id] = plan, staged, summary
            more_bronze(target)
    return done


@pytest.fixture
def target() -> Iterator[Lake]:
    with mock_aws():
        yield make_lake()


def before_the_second(target: Lake, done: Done) -> None:
    bronze(target)
    glue_job.deliver(target, *done[FIRST], FIRST)
    more_bronze(target)


def undisturbed(done: Done) -> tuple[dict[str, Any], int]:
    with mock_aws():
        target = make_lake()
        before_the_second(target, done)
        fault = Fault(target)
        glue_job.deliver(target, *done[SECOND], SECOND)
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
                glue_job.deliver(target, *spark_done[SECOND], SECOND)
            fault.lift()
            glue_job.deliver(target, *spark_done[SECOND], SECOND)
            assert state(target) == expected, f"killed at call {number} of {calls}"


def test_the_passes_did_what_they_are_to_be_killed_at(target: Lake, spark_done: Done) -> None:
    before_the_second(target, spark_done)
    counts = glue_job.deliver(target, *spark_done[SECOND], SECOND)
    expected = {"new_events": 2, "duplicates": 1, "quarantined": 1, "erased": 1, "quarantined_objects": 1}
    assert {name: counts[name] for name in expected} == expected
    assert set(located(target).values()) == {
        lake.silver_folder("2026-01-04", FIRST),
        lake.silver_folder("2026-01-05", SECOND),
        lake.silver_folder("2026-01-06", SECOND),
    }
    assert lake.plan(target, [GONE]) == lake.Plan(SECOND, [], erasures=erasures.Erasures([GONE], []))
    quarantined = lake.keys(target.s3, BUCKET, lake.quarantine_folder(SECOND))
    assert [key.rpartition("/")[2].partition("-")[0] for key in quarantined] == ["objects.json", "part"]
