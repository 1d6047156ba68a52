"""Tells a person which step of something long is running, and how long it took."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TypeAlias

Say: TypeAlias = Callable[[str], object]
# Flushed, so that a step shows while it runs also where the output is a file or a pipe.
PRINT: Say = partial(print, flush=True)


@contextmanager
def step(name: str, say: Say = PRINT) -> Iterator[list[str]]:
    """Says that a step starts, and how long it took, with the details that the step appended."""
    started = time.monotonic()
    say(f"{name} ...")
    details: list[str] = []
    yield details
    say(", ".join([f"{name}: {time.monotonic() - started:.1f} s", *details]))
