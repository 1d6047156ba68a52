"""A small share of `make fuzz`."""

from pathlib import Path

import pytest

from tests.fuzz.campaign import CONFIG, ERASURE_CONFIG, run
from tests.support.running import RunningStack


@pytest.mark.parametrize(("config", "least"), [(CONFIG, 1000), (ERASURE_CONFIG, 10)], ids=["all", "erasure"])
def test_generated_requests_break_nothing(stack: RunningStack, config: Path, least: int) -> None:
    done = run(stack, seed=1, examples=10, config=config)
    assert done.passed, done.report
    assert done.cases >= least
