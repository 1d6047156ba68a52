"""`python -m benchmarks.cost [--users N]`: prints a month's bill; without --users also writes docs/quality/cost.md."""

import argparse
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure as Drawing

from benchmarks import prices, scale
from benchmarks.cdc import record
from benchmarks.prices import Price
from benchmarks.scale import PASSES_A_MONTH, READS, TB, UNITS_A_READ, UNITS_A_WRITE, WRITES, event_bytes, measured
from infra.packaging import ROOT

PAGE, CHART = ROOT / "docs" / "quality" / "cost.md", ROOT / "docs" / "quality" / "cost.svg"
GB, MB, KB = 10**9, 10**6, 1024
DAYS, SECONDS_A_MONTH = 30, 30 * 24 * 3600
SIZES = (1_000, 10_000, 100_000)
TASKS = 200
# Assumptions: hours of a day in which a user writes, each followed by a publication of the insights; durations of a
# request and a batch; bytes of a log line; duration of a pass's builds and of Spark's start.
ACTIVE_HOURS = 3
ANSWER_SECONDS, BATCH_SECONDS = scale.ANSWER_SECONDS, 0.05
LINE_BYTES = 600
BUILD_MINUTES = 6.5
SPARK_START_SECONDS = 60
OBJECTS_A_PASS = 300
READS_A_PASS = 3_000
TRANSITIONS_A_PASS = 12
# Properties of the deployment; tests compare them with it.
INSIGHT_ITEMS = 12
QUERIES_A_PASS = 80
API_GB, CDC_GB = 1769 / 1024, 0.5
WORKERS = 2
OWN_METRICS = 31
ALARM_METRICS = 39
SECRETS = 2
KEYS = 1
COPIES = 3
FREE_USERS = 10_000
RECORD_STEP = 5 * KB
MIN_SCAN = 10 * MB


@dataclass(frozen=True)
class Load:
    """A number of users. tasks: kept per user. writes: per user and day; users read four times as often."""

    users: int
    tasks: int = TASKS
    writes: float = WRITES

    @property
    def writes_a_month(self) -> float:
        return self.users * self.writes * DAYS

    @property
    def reads_a_month(self) -> float:
        return self.writes_a_month * READS / WRITES

    @property
    def requests_a_month(self) -> float:
        return self.writes_a_month + self.reads_a_month

    @property
    def batches_a_month(self) -> float:
        """A batch collects for a second, so there is at most one per second."""
        return min(self.writes_a_month, SECONDS_A_MONTH)


@dataclass(frozen=True)
class Line:
    """One line of the bill."""

    price: Price
    amount: float

    @property
    def dollars(self) -> float:
        return self.price.dollars * self.amount


def bill(load: Load) -> list[Line]:
    return [*_front(load), *_table(load), *_change_events(load), *_passes(load), *_standing(load)]


def by_service(lines: list[Line]) -> dict[str, float]:
    """Dollars a month by service, the most expensive first."""
    sums: dict[str, float] = {}
    for line in lines:
        sums[line.price.service] = sums.get(line.price.service, 0) + line.dollars
    return dict(sorted(sums.items(), key=lambda entry: -entry[1]))


def _front(load: Load) -> Iterator[Line]:
    seconds = load.requests_a_month * ANSWER_SECONDS * API_GB + load.batches_a_month * BATCH_SECONDS * CDC_GB
    yield Line(prices.REQUEST, load.requests_a_month)
    yield Line(prices.INVOCATION, load.requests_a_month + load.batches_a_month)
    yield Line(prices.GB_SECOND, seconds)
    yield Line(prices.ACTIVE_USER, max(0, load.users - FREE_USERS))


def _table(load: Load) -> Iterator[Line]:
    """Writes of users and of publications. Publications use transactions, which doubles their units."""
    published = load.users * min(ACTIVE_HOURS, load.writes) * DAYS * INSIGHT_ITEMS * 2
    stored = load.users * load.tasks * item_bytes() * COPIES / GB
    yield Line(prices.WRITE_UNIT, load.writes_a_month * UNITS_A_WRITE + published)
    yield Line(prices.READ_UNIT, load.reads_a_month * UNITS_A_READ)
    yield Line(prices.TABLE_GB, stored)
    yield Line(prices.RECOVERY_GB, stored / COPIES)


def _change_events(load: Load) -> Iterator[Line]:
    billed = max(load.writes_a_month * event_bytes(), load.batches_a_month * RECORD_STEP)
    a_year = load.users * load.writes * scale.DAYS_A_YEAR * measured("silver: bytes per event")
    yield Line(prices.INGESTED_GB, (billed + load.requests_a_month * LINE_BYTES) / GB)
    yield Line(prices.STORED_GB, (load.writes_a_month * event_bytes() + a_year) / GB)


def _passes(load: Load) -> Iterator[Line]:
    rate = measured("silver: rows per second, 1 M events, from bronze to the commit")
    seconds = SPARK_START_SECONDS * PASSES_A_MONTH + load.writes_a_month / rate
    scanned = max(scale.gold_bytes_a_pass(load.users, load.writes), QUERIES_A_PASS * MIN_SCAN)
    yield Line(prices.DPU_HOUR, seconds * WORKERS / 3600)
    yield Line(prices.BUILD_MINUTE, BUILD_MINUTES * PASSES_A_MONTH)
    yield Line(prices.SCANNED_TB, scanned * PASSES_A_MONTH / TB)
    yield Line(prices.PUT, OBJECTS_A_PASS * PASSES_A_MONTH)
    yield Line(prices.GET, READS_A_PASS * PASSES_A_MONTH)
    yield Line(prices.TRANSITION, TRANSITIONS_A_PASS * PASSES_A_MONTH)


def _standing(load: Load) -> Iterator[Line]:
    yield Line(prices.LOGGED_GB, load.requests_a_month * LINE_BYTES / GB)
    yield Line(prices.METRIC, OWN_METRICS)
    yield Line(prices.ALARM, ALARM_METRICS)
    yield Line(prices.SECRET, SECRETS)
    yield Line(prices.KEY, KEYS)


def item_bytes() -> int:
    """The bytes of a task's item, as in the benchmark's record."""
    return len(json.dumps(record(1)["dynamodb"]["NewImage"]))


def table(load: Load) -> str:
    """The bill for a terminal."""
    sums = by_service(bill(load))
    rows = [f"  {service:16} {dollars:12,.2f}" for service, dollars in sums.items()]
    head = f"{load.users:,} users, {load.tasks:,} tasks and {load.writes:g} writes a day each: dollars a month"
    return "\n".join([head, *rows, f"  {'all':16} {sum(sums.values()):12,.2f}"])


def write() -> Path:
    """Writes page and chart; returns the page's path."""
    bills = {users: by_service(bill(Load(users))) for users in SIZES}
    services = list(bills[SIZES[-1]])
    rows = [f"| {name} | {' | '.join(f'{bills[users][name]:,.2f}' for users in SIZES)} |" for name in services]
    total = " | ".join(f"**{sum(bills[users].values()):,.2f}**" for users in SIZES)
    paid = [*PRICE_HEAD, *(f"| {p.service} | {p.what} | {p.dollars:.10g} | {p.unit} | {p.page} |" for p in prices.ALL)]
    sizes = " | ".join(f"{users:,} users" for users in SIZES)
    table = [f"| dollars a month | {sizes} |", f"|{'---|' * (len(SIZES) + 1)}", *rows, f"| all | {total} |"]
    PAGE.write_text("\n\n".join([_text(), "\n".join(table), AFTER, "\n".join(paid)]) + "\n")
    _draw(bills, services)
    return PAGE


def _draw(bills: Mapping[int, Mapping[str, float]], services: list[str]) -> None:
    """Draws each size's bill in its own panel, because they differ by powers of ten."""
    mpl.rcParams.update({"svg.hashsalt": "cost", "svg.fonttype": "none"})
    drawing = Drawing(figsize=(11, 4.2), layout="constrained")
    for axes, (users, sums) in zip(drawing.subplots(1, len(bills), sharey=True), bills.items(), strict=True):
        dollars = [sums[service] for service in reversed(services)]
        bars = axes.barh(list(reversed(services)), dollars, color="#2a6f4e", height=0.65)
        axes.bar_label(bars, [f"{value:,.0f}" for value in dollars], padding=3, fontsize=8)
        axes.set_title(f"{users:,} users: {sum(dollars):,.0f} dollars a month", fontsize=10)
        axes.tick_params(labelsize=8)
        axes.margins(x=0.2)
        axes.spines[["top", "right"]].set_visible(False)
    drawing.savefig(CHART, metadata={"Date": None})


def _text() -> str:
    return TEXT.format(
        tasks=TASKS,
        writes=WRITES,
        reads=READS,
        hours=ACTIVE_HOURS,
        answer_ms=ANSWER_SECONDS * 1000,
        line=LINE_BYTES,
        minutes=BUILD_MINUTES,
        start=SPARK_START_SECONDS,
        objects=OBJECTS_A_PASS,
        gets=READS_A_PASS,
        priced_on=prices.PRICED_ON,
    )


TEXT = """# Cost

Written by `make cost`, which prints the bill of any load: `make cost USERS=500 TASKS=100 WRITES=10`. Units and bytes
are measured (`tests/api/test_cost.py`, `docs/quality/benchmarks.md`). Prices are AWS's for us-east-1 as of
{priced_on}, without any free tier except Cognito's: check the linked pages before you rely on them.

Each user keeps {tasks} tasks, writes {writes} times and reads {reads} times a day, in {hours} different hours. The lake
holds a year of history, and a pass runs every hour. The bill also assumes that a response takes {answer_ms:.0f} ms and
a log line {line} bytes; that CloudWatch delivers lines to Firehose in groups of at least 5 KB; that a pass's builds
take {minutes} minutes and Spark's start {start} seconds; and that a pass writes {objects} objects and reads {gets:,}.

![A month's bill by service, for three numbers of users](cost.svg)"""

AFTER = """An idle stage pays for its hourly passes. Athena's cost grows with history, because gold rebuilds its tables
from all tasks (`docs/quality/scale.md`). Both fall when passes run less often (`pipeline_schedule`). A budget warns
when a service's bill exceeds what `infra/config.py` allows.

## Prices"""

PRICE_HEAD = ("| service | what | dollars | for one | page |", "|---|---|---|---|---|")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cost", description=__doc__)
    parser.add_argument("--users", type=_positive, help="how many users")
    parser.add_argument("--tasks", type=_positive, default=TASKS, help=f"tasks per user ({TASKS})")
    parser.add_argument("--writes", type=_positive, default=WRITES, help=f"writes per user and day ({WRITES})")
    given = parser.parse_args()
    print(table(Load(given.users or SIZES[0], given.tasks, given.writes)))
    if given.users is None:
        print(f"Written: {write()}")


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return int(text)


if __name__ == "__main__":
    main()
