"""A measured figure and its aim."""

from dataclasses import dataclass

THOUSAND = 1000


@dataclass(frozen=True)
class Aim:
    """A limit. upper: the figure must be at most the limit; otherwise at least."""

    limit: float
    upper: bool

    @property
    def text(self) -> str:
        return f"at {'most' if self.upper else 'least'} {self.limit:g}"

    def met(self, value: float) -> bool:
        return value <= self.limit if self.upper else value >= self.limit


def at_most(limit: float) -> Aim:
    return Aim(limit, upper=True)


def at_least(limit: float) -> Aim:
    return Aim(limit, upper=False)


@dataclass(frozen=True)
class Figure:
    """One line of the table. aim: None if it only explains others. why: the reason, if it misses its aim."""

    name: str
    value: float
    unit: str = ""
    aim: Aim | None = None
    why: str = ""

    @property
    def shown(self) -> str:
        text = f"{self.value:,.3g}" if abs(self.value) < THOUSAND else f"{self.value:,.0f}"
        return f"{text} {self.unit}".strip()

    @property
    def verdict(self) -> str:
        if self.aim is None:
            return ""
        return "met" if self.aim.met(self.value) else "missed"

    @property
    def share_of_limit(self) -> float:
        """1 if the figure just meets its aim, less if it is better. Raises ValueError without a limit above 0."""
        if self.aim is None or not self.aim.limit:
            raise ValueError(f"{self.name} has no limit to compare with")
        return max(0.0, self.value / self.aim.limit if self.aim.upper else self.aim.limit / self.value)
