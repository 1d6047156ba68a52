"""Simulations in pytest's process: it is theirs for the time of a test."""

from collections.abc import Iterator

import pytest

from tests.faults.runtime import installed


@pytest.fixture
def simulated() -> Iterator[None]:
    with installed():
        yield
