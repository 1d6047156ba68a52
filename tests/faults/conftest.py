"""Simulations in pytest's process: it is theirs for the time of a test."""

from collections.abc import Iterator

import pytest

from tests.faults.runtime import installed
from tests.support.spark import spark

__all__ = ["spark"]


@pytest.fixture
def simulated() -> Iterator[None]:
    with installed():
        yield
