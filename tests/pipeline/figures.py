"""What the comparison of an imported history with gold is about."""

from collections import Counter
from dataclasses import dataclass, field

PERCENTS = (50, 85, 95)


@dataclass
class Figures:
    """statuses: existing tasks by status. weeks: completions by ISO week, weeks without any left out.
    lead: number of completions and the lead time's nearest-rank percentiles 50, 85, 95 in seconds."""

    statuses: Counter[str] = field(default_factory=Counter)
    weeks: Counter[str] = field(default_factory=Counter)
    lead: tuple[int | None, ...] = (0, None, None, None)
