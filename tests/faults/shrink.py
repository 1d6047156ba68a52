"""The shortest history that still shows a violation: delta debugging over a plan's steps, then over their parts.

Zeller, Hildebrandt: Simplifying and Isolating Failure-Inducing Input, IEEE TSE 28(2), 2002.
"""

from collections.abc import Callable
from itertools import islice

from tests.faults.plan import Step, parts_of

MOST_TRIES = 400

# Whether a plan shows the violation.
Shows = Callable[[list[Step]], bool]


def shortest(steps: list[Step], shows: Shows, tries: int = MOST_TRIES) -> list[Step]:
    """A plan, of these steps alone, from which no step can be taken; or what `tries` runs came to."""
    left = [tries]

    def still(some: list[Step]) -> bool:
        left[0] -= 1
        return left[0] >= 0 and shows(some)

    return _with_fewer_parts(_with_fewer_steps(steps, still), still)


def _with_fewer_steps(steps: list[Step], still: Shows) -> list[Step]:
    size = len(steps) // 2
    while size:
        before = len(steps)
        place = 0
        while place < len(steps):
            without = steps[:place] + steps[place + size :]
            if still(without):
                steps = without
            else:
                place += size
        # One that had to stay may go when others have gone.
        if size > 1 or len(steps) == before:
            size //= 2
    return steps


def _with_fewer_parts(steps: list[Step], still: Shows) -> list[Step]:
    place = 0
    while place < len(steps):
        smaller = ([*steps[:place], part, *steps[place + 1 :]] for part in islice(parts_of(steps[place]), 100))
        found = next((some for some in smaller if still(some)), None)
        if found is None:
            place += 1
        else:
            steps = found
    return steps
