"""The simulation's time: one true clock, which only moves when it is told to, and the clocks that machines show."""

from datetime import UTC, datetime

import time_machine


class Clock:
    """`now` is true, in epoch seconds; the process sees it with `skew` added, as a machine's clock may be off."""

    def __init__(self, now: float) -> None:
        self.now = now
        self._skew = 0.0
        self._travel = time_machine.travel(now, tick=False)
        self._shown = self._travel.start()

    def true(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.advance_to(self.now + seconds)

    def advance_to(self, moment: float) -> None:
        self.now = moment
        self.show(self._skew)

    def show(self, skew: float) -> None:
        self._skew = skew
        # A tenth of a millisecond more, so that no rounding of floats falls below the millisecond meant.
        self._shown.move_to(self.now + skew + 0.0001)

    def stop(self) -> None:
        self._travel.stop()

    @property
    def moment(self) -> datetime:
        return datetime.fromtimestamp(self.now, UTC)
