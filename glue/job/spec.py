"""Spark's input for a pass, and its report. Needs no Spark."""

from dataclasses import asdict, dataclass, field
from typing import Any


class SilverJobError(Exception):
    """Spark failed; the text says how. Nothing was committed; run the pass again."""


@dataclass(frozen=True)
class Job:
    """What one pass reads and writes, all as URIs. existing: the folder of each date that silver has.

    versions: the folder of each shard of the index of versions. erased: the users whose events silver must not hold;
    to_clear: those of them that it may still hold.
    """

    bronze_objects: list[str]
    existing: dict[str, str]
    output: str
    quarantine: str
    pass_id: str
    versions: dict[str, str] = field(default_factory=dict)
    erased: list[str] = field(default_factory=list)
    to_clear: list[str] = field(default_factory=list)

    def folder(self, name: str) -> str:
        return f"{self.output}/{name}"


@dataclass(frozen=True)
class Summary:
    """lines = new_events + duplicates + quarantined + suppressed. erased: events of erased users that were cleared.

    folders: each touched date's folder in the output. gaps: the gaps in each rewritten shard of the versions, which
    are under versions/ in the output.
    """

    lines: int
    new_events: int
    duplicates: int
    quarantined: int
    suppressed: int
    erased: int
    folders: dict[str, str]
    gaps: dict[str, dict[str, Any] | None]

    @property
    def counts(self) -> dict[str, int]:
        return {name: count for name, count in asdict(self).items() if isinstance(count, int)}
