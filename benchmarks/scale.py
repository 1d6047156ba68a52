"""`python -m benchmarks.scale` writes docs/quality/scale.md: which part reaches its limit first as users grow."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cdc import record
from benchmarks.history import EVENTS_A_DAY
from benchmarks.lake import GOLD, LARGE, SMALL, scanned_by
from benchmarks.report import PAGE as BENCHMARKS
from cdc_lambda.change_event import ChangeEventMapper, Filtered, to_line
from infra.config import settings_of
from infra.packaging import ROOT

PAGE = ROOT / "docs" / "quality" / "scale.md"
SIZES = (1_000, 1_000_000, 100_000_000)

# Assumptions about a median user's day.
WRITES = 20
READS = 80
SIGN_INS = 1
BUSIEST_HOUR = 0.1
HEAVY = 10_000
ANSWER_SECONDS = 0.03
# As tests/api/test_cost.py measures: units of an update with both indexes, of a read, of an update in the table only.
UNITS_A_WRITE = 3
UNITS_A_READ = 1
UNITS_IN_THE_TABLE = 1
DAYS_A_YEAR = 365
MIB = 2**20
TB = 10**12
DOLLARS_A_TB = 5
PASSES_A_MONTH = 24 * 30
PARTITION_UNITS = 1_000
WHOLE_FROM = 100
DOCS = "https://docs.aws.amazon.com"


@dataclass(frozen=True)
class Part:
    """A part of the system: what a number of users need of it in the busiest second, and its limit."""

    name: str
    unit: str
    needed: Callable[[int], float]
    limit: float
    source: str
    raised_by: str

    @property
    def reached_at(self) -> float:
        """The number of users at which the part reaches its limit; the need is proportional to users."""
        return self.limit / self.needed(1)


def busiest(per_day: float) -> float:
    """A number per day as a rate per second in the busiest hour."""
    return per_day * BUSIEST_HOUR / 3600


def measured(name: str) -> float:
    """A figure of docs/quality/benchmarks.md."""
    found = re.search(rf"^\| {re.escape(name)} \| ([\d,.]+)", BENCHMARKS.read_text(), re.MULTILINE)
    if found is None:
        raise LookupError(f"docs/quality/benchmarks.md has no line {name!r}. Run `make bench` to write it.")
    return float(found[1].replace(",", ""))


def event_bytes() -> int:
    """The bytes of one event's line."""
    event = ChangeEventMapper(b"key").from_record(record(1))
    if isinstance(event, Filtered):
        raise TypeError("the benchmark's record makes no event")
    return len(to_line(event))


def parts() -> list[Part]:
    production = settings_of("production")
    rate = measured("silver: rows per second, 1 M events, from bronze to the commit")
    return [
        Part(
            "the stage's own throttle", "requests/s", lambda n: busiest(n * (WRITES + READS)),
            production.requests_per_second, "`infra/config.py`", "`requests_per_second`, up to the account's quota",
        ),
        Part(
            "API Gateway", "requests/s", lambda n: busiest(n * (WRITES + READS)), 10_000,
            f"{DOCS}/apigateway/latest/developerguide/limits.html", "a quota increase; then one stage per region",
        ),
        Part(
            "API function", "concurrent", lambda n: busiest(n * (WRITES + READS)) * ANSWER_SECONDS, 1_000,
            f"{DOCS}/lambda/latest/dg/gettingstarted-limits.html", "a quota increase",
        ),
        Part(
            "table, writes", "units/s", lambda n: busiest(n * WRITES) * UNITS_A_WRITE, 40_000,
            f"{DOCS}/amazondynamodb/latest/developerguide/ServiceQuotas.html", "a quota increase",
        ),
        Part(
            "table, reads", "units/s", lambda n: busiest(n * READS) * UNITS_A_READ, 40_000,
            f"{DOCS}/amazondynamodb/latest/developerguide/ServiceQuotas.html", "a quota increase",
        ),
        Part(
            "Firehose", "MiB/s", lambda n: busiest(n * WRITES) * event_bytes() / MIB, 5,
            f"{DOCS}/firehose/latest/dev/limits.html", "a quota increase; then one stream per group of shards",
        ),
        Part(
            "sign-in", "sign-ins/s", lambda n: busiest(n * SIGN_INS), 120,
            f"{DOCS}/cognito/latest/developerguide/quotas.html", "purchased capacity; refresh tokens",
        ),
        Part(
            "user pool", "users", float, 40_000_000,
            f"{DOCS}/cognito/latest/developerguide/quotas.html", "a second pool whose issuer the API also accepts",
        ),
        Part(
            "silver on two cores", "events/s", lambda n: busiest(n * WRITES), rate,
            "docs/quality/benchmarks.md", "more Glue workers: a pass splits by dates and files",
        ),
    ]  # fmt: skip


def gold_bytes_a_pass(users: int, writes: float = WRITES) -> float:
    """The bytes that a pass's statements scan after a year. writes: per user and day.

    For each kind of statement, one part grows with all of history, the other with the events of a month.
    """
    events_a_day = users * writes
    parts_by_kind = map(_measured_parts, GOLD)
    return sum((each * DAYS_A_YEAR + rest / EVENTS_A_DAY) * events_a_day for each, rest in parts_by_kind)


def _measured_parts(kind: str) -> tuple[float, float]:
    """Bytes per event of history, and bytes that don't depend on its length."""
    small, large = (measured(scanned_by(GOLD[kind], events)) for events in (SMALL, LARGE))
    each = (large - small) / (LARGE - SMALL)
    return each, small - each * SMALL


def page() -> str:
    rows = sorted(parts(), key=lambda part: part.reached_at)
    heavy = busiest(WRITES * HEAVY) * UNITS_IN_THE_TABLE
    return TEXT.format(
        writes=WRITES,
        reads=READS,
        sign_ins=SIGN_INS,
        answer_ms=ANSWER_SECONDS * 1000,
        sizes=" | ".join(f"{size:,} users" for size in SIZES),
        rule="---|" * (len(SIZES) + 4),
        parts="\n".join(map(_part_row, rows)),
        gold="\n".join(map(_gold_row, SIZES)),
        heavy=heavy,
        partition=PARTITION_UNITS,
        docs=DOCS,
        sources="\n".join(f"- {part.name}: {part.source}" for part in rows),
    )


def _part_row(part: Part) -> str:
    needs = " | ".join(_number(part.needed(size)) for size in SIZES)
    gives = f"{part.limit:,.0f} | {part.reached_at:,.0f} users"
    return f"| {part.name} ({part.unit}) | {needs} | {gives} | {part.raised_by} |"


def _gold_row(users: int) -> str:
    terabytes = gold_bytes_a_pass(users) / TB
    return f"| {users:,} | {_number(terabytes)} TB | {terabytes * DOLLARS_A_TB * PASSES_A_MONTH:,.0f} |"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= WHOLE_FROM else f"{value:.3g}"


TEXT = """# Scale

Written by `python -m benchmarks.scale` from measured figures, settings and AWS's published default quotas for
us-east-1. A median user is assumed to write {writes} times, read {reads} times and sign in {sign_ins} time a day, a
tenth of that in the busiest hour, and a response to take {answer_ms:.0f} ms. Demand grows in proportion to users, so
each part reaches its limit at some number of users.

| part | {sizes} | limit | reached at | raised by |
|{rule}
{parts}

## What grows with history

Silver's cost follows what is new. Gold's incremental models read only the creation months of the entities with new
events, and their merges scan only those months or their years. The tables of the insights are rebuilt from all tasks.
A pass after one year scans:

| users | bytes per pass | dollars a month for hourly passes, at 5 per TB |
|---|---|---|
{gold}

If that is too much, run passes less often (`pipeline_schedule`).

## One user who writes ten thousand times the median

This user needs {heavy:.1f} write units a second in the busiest hour. The user has one partition in the table and one in
each index, and a partition allows {partition:,}
({docs}/amazondynamodb/latest/developerguide/bp-partition-key-design.html). Beyond that the table throttles only this
user: the API responds 503 with Retry-After, and nothing is lost. Insights stay readable, because an item holds at most
100 KB: the newest entries and their total.

## Sources of the quotas

{sources}
"""


def write() -> Path:
    """Writes the page; returns its path."""
    PAGE.write_text(page())
    return PAGE


if __name__ == "__main__":
    print(f"Written: {write()}")
