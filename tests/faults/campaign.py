"""Many seeds, one after the other or in some processes; each seed is a world of its own."""

import gc
from collections.abc import Callable, Iterable, Iterator
from multiprocessing import get_context

from tests.faults.plan import Step, plan
from tests.faults.report import Finding, Totals
from tests.faults.runtime import installed
from tests.faults.shrink import shortest
from tests.faults.simulation import Outcome, run
from tests.faults.violation import ViolationError

Result = Outcome | Finding
# A seed leaves 11 MB of garbage. Looking for it takes a tenth of a seed's time, a new process now and then hardly any.
SEEDS_A_PROCESS = 50


def seed_result(seed: int) -> Result:
    """What came of a seed; any exception of the product's that the simulation doesn't know is a violation too."""
    steps = plan(seed)
    result = _result(seed, steps)
    if isinstance(result, Outcome):
        return result
    history = shortest(steps, lambda some: _kind(_result(seed, some)) == _kind(result))
    return Finding(seed, _told(result), history, len(steps), _told(_result(seed, history)))


def _result(seed: int, steps: list[Step]) -> Outcome | Exception:
    try:
        return run(seed, steps)
    except Exception as error:
        return error


def _kind(result: Outcome | Exception) -> tuple[type, int | None]:
    """What a shorter history must show too: the same invariant violated, or the same exception."""
    return type(result), result.invariant if isinstance(result, ViolationError) else None


def _told(result: Outcome | Exception) -> str:
    return str(result) if isinstance(result, ViolationError) else f"{type(result).__name__}: {result}"


def results(seeds: Iterable[int], jobs: int) -> Iterator[Result]:
    """The seeds' results, in any order."""
    if jobs == 1:
        with installed():
            yield from map(seed_result, seeds)
        return
    with get_context("fork").Pool(jobs, initializer=_begin, maxtasksperchild=SEEDS_A_PROCESS) as pool:
        yield from pool.imap_unordered(seed_result, seeds)


def _begin() -> None:
    """A process of the pool is a simulation's for good."""
    _installation = installed()
    _installation.__enter__()
    _KEPT.append(_installation)
    gc.disable()


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
