"""The same seed is the same run; a violation comes with its shortest history. `make test` runs 200 seeds first."""

import pytest

from tests.faults import campaign
from tests.faults import plan as plans
from tests.faults.campaign import seed_result
from tests.faults.mutations import MUTATIONS, put_back
from tests.faults.plan import FAULTS, OPERATIONS, Step, faults_in, operations, plan
from tests.faults.report import Finding
from tests.faults.runtime import installed
from tests.faults.simulation import Outcome, run
from tests.faults.violation import ViolationError


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_plan_has_enough_of_all(seed: int) -> None:
    steps = plan(seed)
    assert operations(steps) >= OPERATIONS
    assert faults_in(steps) >= FAULTS
    assert {one.user for step in steps for one in step.requests} == set(range(plans.USERS))


def test_same_seed_same_bytes(simulated: None) -> None:
    first, again, other = run(3, plan(3)), run(3, plan(3)), run(4, plan(4))
    assert first == again
    assert first.digest != other.digest


def test_violation_comes_with_its_shortest_history() -> None:
    with installed(), put_back(MUTATIONS["3 completed_at is never set"]):
        found = seed_result(0)
        assert isinstance(found, Finding)
        with pytest.raises(ViolationError) as shown:
            run(0, found.history)
    assert len(found.history) <= 3 < found.of_steps
    first, _, *history, violated, again = found.lines()
    assert first.startswith("Seed 0 violates invariant 12")
    assert history == list(map(str, found.history))
    assert violated == f"It violates {shown.value}"
    assert again == "Again: make faults START=0 SEEDS=1"
    with installed():
        assert isinstance(run(0, found.history), Outcome)


def test_shortest_history_violates_the_same_invariant(monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole plan violates 10 by its last step; without it, 11."""
    steps = plan(0)

    def violating(_: int, some: list[Step]) -> Outcome:
        raise ViolationError(10 if some[-1] == steps[-1] else 11, f"{len(some)} steps")

    monkeypatch.setattr(campaign, "run", violating)
    found = campaign.seed_result(0)
    assert isinstance(found, Finding)
    assert found.history == [steps[-1]]
