"""Prints which step of a long task is running, and how long each step took."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TypeAlias

Say: TypeAlias = Callable[[str], object]
# Flushed, so that a running step shows even if the output is a file or a pipe.
PRINT: Say = partial(print, flush=True)


@contextmanager
def step(name: str, say: Say = PRINT) -> Iterator[list[str]]:
    """Prints when a step starts and how long it took, with the details that the step appends to the list."""
    started = time.monotonic()
    say(f"{name} ...")
    details: list[str] = []
    yield details
    say(", ".join([f"{name}: {time.monotonic() - started:.1f} s", *details]))
