"""Many seeds, one after the other or in some processes; each seed is a world of its own."""

import gc
from collections.abc import Callable, Iterable, Iterator
from multiprocessing import get_context

from tests.faults.plan import Step, plan
from tests.faults.report import Finding, Totals
from tests.faults.runtime import installed
from tests.faults.shrink import shortest
from tests.faults.simulation import Outcome, run

Result = Outcome | Finding
# A seed leaves little garbage; looking for it as often as Python does takes a tenth of its time.
GARBAGE = 200_000


def seed_result(seed: int) -> Result:
    """What came of a seed; any exception of the product's that the simulation doesn't know is a violation too."""
    steps = plan(seed)
    try:
        return run(seed, steps)
    except Exception as error:
        kind, text = type(error), str(error)
    history = shortest(steps, lambda some: _error_of(seed, some) is kind)
    return Finding(seed, text if text.startswith("invariant") else f"{kind.__name__}: {text}", history, len(steps))


def _error_of(seed: int, steps: list[Step]) -> type[Exception] | None:
    try:
        run(seed, steps)
    except Exception as error:
        return type(error)
    return None


def results(seeds: Iterable[int], jobs: int) -> Iterator[Result]:
    """The seeds' results, in any order."""
    if jobs == 1:
        with installed():
            yield from map(seed_result, seeds)
        return
    with get_context("fork").Pool(jobs, initializer=_begin) as pool:
        yield from pool.imap_unordered(seed_result, seeds)


def _begin() -> None:
    """A process of the pool is a simulation's for good."""
    _installation = installed()
    _installation.__enter__()
    _KEPT.append(_installation)
    gc.freeze()
    gc.set_threshold(GARBAGE)


_KEPT: list[object] = []


def totals(seeds: Iterable[int], jobs: int, tell: Callable[[Totals], object] = lambda _: None) -> Totals:
    """Runs the seeds; `tell` hears after each."""
    found = Totals()
    for result in results(seeds, jobs):
        found.seeds += 1
        if isinstance(result, Finding):
            found.findings.append(result)
        else:
            found.operations += result.operations
            found.tally += result.tally
        tell(found)
    return found
