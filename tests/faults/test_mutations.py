"""The simulator bites: each defect that is put back is seen within a few seeds."""

from collections.abc import Iterator
from itertools import count, islice

import pytest

from tests.faults.faults import Fault
from tests.faults.mutations import MUTATIONS, Mutation, put_back
from tests.faults.plan import Step, plan
from tests.faults.runtime import installed
from tests.faults.simulation import run
from tests.faults.violation import ViolationError

MOST_SEEDS = 12


def seeds_with(names: tuple[str, ...]) -> Iterator[int]:
    """Seeds whose plan holds one of the faults, by their plans alone."""
    return (seed for seed in count() if not names or any(_has(step, names) for step in plan(seed)))


def _has(step: Step, names: tuple[str, ...]) -> bool:
    armed: list[Fault] = [*step.faults, *(fault for request in step.requests for fault in request.faults)]
    found = [step.details.get("fault", ""), *(fault.name for fault in armed)]
    return any(name.startswith(names) for name in found if name)


def violation_of(mutation: Mutation) -> ViolationError | None:
    """The first violation, in the order of the seeds."""
    for seed in islice(seeds_with(mutation.shown_by), MOST_SEEDS):
        try:
            with installed(), put_back(mutation):
                run(seed, plan(seed))
        except ViolationError as violation:
            return violation
    return None


@pytest.mark.slow
@pytest.mark.parametrize("name", MUTATIONS)
def test_defect_is_seen(name: str) -> None:
    mutation = MUTATIONS[name]
    violation = violation_of(mutation)
    assert violation is not None, f"{MOST_SEEDS} seeds show nothing"
    assert violation.invariant in mutation.invariants, violation
