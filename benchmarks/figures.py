"""A measured figure beside what it should be."""

from dataclasses import dataclass

THOUSAND = 1000


@dataclass(frozen=True)
class Aim:
    """A limit, and whether a figure may be at most or must be at least that."""

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
    """One line of the table. aim: None where a figure only explains another. why: what holds it, when it is missed."""

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
        """1 where the aim is just met, less where it is met by far; only for an aim above 0."""
        if self.aim is None or not self.aim.limit:
            raise ValueError(f"{self.name} has no limit to be compared with")
        return max(0.0, self.value / self.aim.limit if self.aim.upper else self.aim.limit / self.value)
