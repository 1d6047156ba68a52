"""What may go wrong at a call to AWS: armed on an actor, taken by the call it meets."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

WRITES = ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem")
# Of one item, or of some at once with conditions: what the API answers by.
ENTITY_WRITES = ("PutItem", "UpdateItem", "TransactWriteItems")


class Effect(StrEnum):
    THROTTLE = "throttle"
    FAIL = "fail"
    CONFLICT = "conflict"
    LOSE_ANSWER = "lose answer"
    KILL_BEFORE = "kill before"
    KILL_AFTER = "kill after"
    STALE = "stale"
    SHORT_PAGE = "short page"
    REFUSE_SOME = "refuse some"
    REFUSE_ALL = "refuse all"
    REPEAT_BATCH = "repeat batch"
    REPEAT_SUFFIX = "repeat suffix"


class Killed(BaseException):
    """The process ends here; no code of it catches this."""


@dataclass(frozen=True)
class Fault:
    """An effect on calls of a service: `skip` of them pass, the next `times` are hit. operations: () for any."""

    name: str
    effect: Effect
    service: str
    operations: tuple[str, ...] = ()
    skip: int = 0
    times: int = 1

    def meets(self, service: str, operation: str) -> bool:
        return service == self.service and (not self.operations or operation in self.operations)


class Armed:
    """The faults that wait for an actor's calls; counts in `tally`, once each, those that were really injected."""

    def __init__(self, faults: Iterable[Fault], tally: Counter[str]) -> None:
        self._waiting = list(faults)
        self._tally = tally
        self._hit: set[str] = set()

    def take(self, service: str, operation: str) -> Effect | None:
        """What happens to this call, None for nothing."""
        for place, fault in enumerate(self._waiting):
            if not fault.meets(service, operation):
                continue
            if fault.skip:
                self._waiting[place] = replace(fault, skip=fault.skip - 1)
                continue
            self._waiting[place : place + 1] = [replace(fault, times=fault.times - 1)] if fault.times > 1 else []
            self._tally[fault.name] += fault.name not in self._hit
            self._hit.add(fault.name)
            return fault.effect
        return None
