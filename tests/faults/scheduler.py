"""Actors that run at the same time, in one thread: they take turns at their calls to AWS and where they sleep."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from greenlet import getcurrent, greenlet  # type: ignore[import-untyped]  # its stubs come apart

from tests.faults.clock import Clock
from tests.faults.faults import Armed, Fault, Killed

CALL_SECONDS: Final = (0.002, 0.02)


@dataclass
class Actor:
    """Something that runs: a request, a function's invocation, a pass. skew: how far its machine's clock is off.

    calls: to AWS, so far. sent: what it notes about itself.
    `result` is what it returned, `error` what it raised, both None if it was killed.
    """

    work: Callable[[], Any]
    name: Any = None
    skew: float = 0.0
    faults: tuple[Fault, ...] = ()
    armed: Armed | None = None
    calls: int = 0
    sent: Any = None
    result: Any = None
    error: Exception | None = None
    killed: bool = False
    started: int = 0
    ended: int = 0

    def run(self) -> None:
        try:
            self.result = self.work()
        except Killed:
            self.killed = True
        except Exception as error:
            self.error = error


class Scheduler:
    """Runs actors to their end, the next to move chosen at random among those that are awake."""

    def __init__(self, clock: Clock, random: Random, tally: Counter[str]) -> None:
        self.clock = clock
        self.random = random
        self.tally = tally
        self.current: Actor | None = None

    def run(self, actors: Iterable[Actor], *, mark: Callable[[], int] = lambda: 0) -> None:
        """`mark` tells a place in the table's history: noted where an actor starts and ends."""
        waiting: list[tuple[float, Actor, greenlet]] = []
        for actor in actors:
            actor.armed = actor.armed or Armed(actor.faults, self.tally)
            waiting.append((self.clock.now, actor, greenlet(actor.run)))
        begun: set[int] = set()
        while waiting:
            awake = [place for place, (at, _, _) in enumerate(waiting) if at <= self.clock.now]
            if not awake:
                self.clock.advance_to(min(at for at, _, _ in waiting))
                continue
            place = self.random.choice(awake)
            _, actor, thread = waiting[place]
            if id(actor) not in begun:
                begun.add(id(actor))
                actor.started = mark()
            seconds = self._turn(actor, thread)
            if thread.dead:
                actor.ended = mark()
                del waiting[place]
            else:
                waiting[place] = (self.clock.now + seconds, actor, thread)

    def pause(self, seconds: float = 0.0) -> None:
        """Lets others move, for so long at least."""
        if self.current is None or getcurrent().parent is None:
            self.clock.advance(seconds)
        else:
            getcurrent().parent.switch(seconds)

    def call(self) -> None:
        """What a call to AWS does first: it takes its time, and others move meanwhile."""
        if self.current:
            self.current.calls += 1
        self.pause(self.random.uniform(*CALL_SECONDS) if self.random.random() < 0.5 else 0.0)

    def _turn(self, actor: Actor, thread: greenlet) -> float:
        outer, self.current = self.current, actor
        self.clock.show(actor.skew)
        seconds = thread.switch()
        self.current = outer
        self.clock.show(outer.skew if outer else 0.0)
        return seconds or 0.0
