"""What a run tells: how far it is, what it injected, and of a violation all that repeats it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.faults.plan import Step

FEWEST = 100
FULL_RUN = 10_000


@dataclass
class Finding:
    """A violation of a seed, and the shortest history that was found to show it; `shown`: in its own words."""

    seed: int
    text: str
    history: list[Step]
    of_steps: int
    shown: str

    def lines(self) -> Iterator[str]:
        yield f"Seed {self.seed} violates {self.text}"
        yield f"The shortest history of it, {len(self.history)} of {self.of_steps} steps, and then all comes to rest:"
        yield from map(str, self.history)
        yield f"It violates {self.shown}"
        yield f"Again: make faults START={self.seed} SEEDS=1"


@dataclass
class Totals:
    """Of all seeds that were run."""

    seeds: int = 0
    operations: int = 0
    tally: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)

    def lines(self, seconds: float) -> Iterator[str]:
        yield f"{'fault':36} injected"
        yield from (f"{name:36} {count:8}" for name, count in sorted(self.tally.items()))
        yield f"{self.seeds} seeds, {self.operations} operations, {sum(self.tally.values())} faults, {seconds:.0f} s"
        rare = self.rare()
        if rare:
            yield f"Injected less than {FEWEST} times: {', '.join(rare)}"
        yield f"{len(self.findings)} violations" if self.findings else "No violation"

    def rare(self) -> list[str]:
        """Kinds of faults that so many seeds ought to have seen more often."""
        return sorted(name for name, count in self.tally.items() if count < FEWEST) if self.seeds >= FULL_RUN else []
