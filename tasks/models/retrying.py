"""Pauses between attempts: few, growing and random, so that writers that collided don't collide again."""

import random
from collections.abc import Iterator

TRIES = 6
FIRST_PAUSE_SECONDS = 0.02


def pauses() -> Iterator[float | None]:
    """Yields for each attempt the seconds to wait if it fails; None for the last attempt."""
    for number in range(TRIES - 1):
        yield FIRST_PAUSE_SECONDS * 2**number * random.uniform(0.5, 1.5)  # noqa: S311  # nosec B311 (no secret)
    yield None
