"""The lake's figures: what a pass reads and how fast, silver's size, and what queries on gold scan."""

import json
import math
import os
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.figures import Figure, at_least, at_most
from benchmarks.history import Part, write
from glue.job.silver_pass import SilverPass
from glue.lake import Lake
from infra.local.glue_job import run_silver
from tests.support.endpoint import BUCKET, REGION, Endpoint
from tests.support.gold_lake import GoldLake
from tests.support.servers import running_endpoint

SMALL, LARGE = 100_000, 1_000_000
DASHBOARD_TASKS = 1_000_000
NEW_TASKS = 500
MEGABYTE = 1_000_000
NAME = "bench"
AS_OF = datetime(2026, 11, 22, tzinfo=UTC)
WHY_BYTES = (
    "event_id, entity_id, correlation_id and sequence_number are unique or random text in every row, which doesn't "
    "compress. Silver would need fewer columns, or ids as bytes; either changes the contract."
)
WHY_RATE = (
    "the pass checks every line against each of the contract's rules. It also writes fresh rows, versions and ledger "
    "one after the other, and copies files to and from the emulated bucket, which DuckDB does not."
)
WHY_DOTS = (
    "a million times and durations need that many bytes. The dashboard draws only the organization's newest 1,000."
)
WHY_GOLD = (
    "each model scans itself for its newest pass, and for erased users once the ledger has an erasure. The other bytes "
    "are the creation months of entities with new events, which don't grow with history."
)
# dbt's statements in a pass, by kind.
GOLD = {
    "incremental": "the incremental models' selects",
    "table": "the table models' selects",
    "merge": "the merges",
}
# The relations behind the dashboard's routes, as an analyst's dashboard queries them for the organization.
DASHBOARD = (
    "lead_time", "cycle_time", "completions", "throughput", "cumulative_flow", "ageing", "due_dates", "rework",
    "completion_rate", "streak", "mix",
)  # fmt: skip
# The columns that a chart draws from a relation with a row per task.
DRAWN_COLUMNS = {"completions": "completed_at, lead_time_s, cycle_time_s"}


@dataclass
class Reads:
    """Bytes that a client read from S3, by the first two folders of the key."""

    by_folder: Counter[str] = field(default_factory=Counter)

    def count(self, parsed: Any, http_response: Any, **_: Any) -> None:
        folders = http_response.url.split(f"/{BUCKET}/", 1)[-1].split("/")
        self.by_folder["/".join(folders[:2])] += parsed.get("ContentLength", 0)

    def of(self, prefix: str) -> int:
        return sum(size for folder, size in self.by_folder.items() if folder.startswith(prefix))


@dataclass(frozen=True)
class Passes:
    """The measurements of a lake: its first pass, a pass with few new events, and one with none."""

    first: SilverPass
    silver_bytes: int
    versions_bytes: int
    new_bytes: int
    second: Reads
    idle: Reads
    gold: Counter[str]


def figures() -> Iterator[Figure]:
    """All figures of the lake. Takes several minutes."""
    small, large = passes(SMALL), passes(LARGE)
    yield from _silver(large)
    yield from _reading(small, large)
    yield from _gold(small, large)
    scanned = dashboard(DASHBOARD_TASKS)
    dots = scanned.pop("completions")
    name, most = max(scanned.items(), key=lambda item: item[1])
    label = f"dashboard: bytes scanned by a query at {DASHBOARD_TASKS:,} tasks"
    yield Figure(f"{label}, largest (insight_{name})", most / MEGABYTE, "MB", at_most(10))
    yield Figure(f"{label}, one dot per completed task", dots / MEGABYTE, "MB", at_most(10), WHY_DOTS)


def dashboard(tasks: int) -> dict[str, int]:
    """The bytes that a query for the organization scans, by relation of the dashboard."""
    with _lake() as (endpoint, target, gold, folder):
        _put_bronze(target, Part(0, tasks), folder / "history", "dt=2026-01-01/hour=00")
        run_silver(target, "20260101T010000000Z")
        gold.build(as_of=AS_OF)
        queries = {
            name: f"SELECT {DRAWN_COLUMNS.get(name, '*')} FROM gold_{NAME}.insight_{name} WHERE user_id = '*'"
            for name in DASHBOARD
        }
        return {name: endpoint.ok(query).scanned for name, query in queries.items()}


def passes(events: int) -> Passes:
    """Measures the last two of three passes, a day apart, over a lake with this many events of history.

    The first of the three still reads the ledger of the day on which the history arrived.
    """
    with _lake() as (endpoint, target, gold, folder):
        tasks = events // 2
        _put_bronze(target, Part(0, tasks), folder / "history", "dt=2026-01-01/hour=00")
        first = run_silver(target, "20260101T010000000Z")
        gold.build(as_of=AS_OF)
        sizes = _sizes(endpoint, "silver/")
        _put_bronze(target, Part(tasks, tasks + NEW_TASKS), folder / "next", "dt=2026-01-02/hour=02")
        run_silver(target, "20260102T030000000Z")
        gold.build(as_of=AS_OF)
        tasks += NEW_TASKS
        new = _put_bronze(target, Part(tasks, tasks + NEW_TASKS), folder / "new", "dt=2026-01-03/hour=02")
        with _counted(target) as second:
            run_silver(target, "20260103T030000000Z")
        known = endpoint.executions()
        gold.build(as_of=AS_OF)
        new_ones = [execution for key, execution in endpoint.executions().items() if key not in known]
        scanned = _scanned(new_ones, _materializations(gold))
        with _counted(target) as idle:
            run_silver(target, "20260103T050000000Z")
        return Passes(first, sizes["silver/change_events"], sizes["silver/versions"], new, second, idle, scanned)


def _silver(large: Passes) -> Iterator[Figure]:
    yield Figure("silver: bytes per event", large.silver_bytes / LARGE, "B", at_most(20), WHY_BYTES)
    yield Figure("silver: bytes per event in the index of versions", large.versions_bytes / LARGE, "B")
    rate = LARGE / large.first.seconds
    yield Figure("silver: rows per second, 1 M events, from bronze to the commit", rate, "rows/s")
    yield Figure("silver: rows per second relative to DuckDB", rate / duckdb_rate(LARGE), "x", at_least(0.5), WHY_RATE)


def _reading(small: Passes, large: Passes) -> Iterator[Figure]:
    yield Figure(
        "bronze: bytes read by a silver pass, per new byte",
        large.second.of("bronze") / large.new_bytes,
        "x",
        at_most(1),
    )
    yield Figure("bronze: bytes read by a pass without new data", large.idle.of("bronze"), "B", at_most(0))
    for events, found in ((SMALL, small), (LARGE, large)):
        yield Figure(f"silver: bytes read by a pass, {events:,} events of history", found.second.of(""), "B")
    exponent = _exponent(small.second.of(""), large.second.of(""))
    yield Figure("silver: growth exponent of bytes read by a pass", exponent, "", at_most(0.1))


def _gold(small: Passes, large: Passes) -> Iterator[Figure]:
    for kind, statements in GOLD.items():
        for events, found in ((SMALL, small), (LARGE, large)):
            yield Figure(scanned_by(statements, events), found.gold[kind], "B")
        aim = at_most(0.1) if kind == "incremental" else None
        exponent = _exponent(small.gold[kind], large.gold[kind])
        yield Figure(f"gold: growth exponent of bytes scanned by {statements}", exponent, "", aim, WHY_GOLD)


def scanned_by(statements: str, events: int) -> str:
    """The name of a figure about gold."""
    return f"gold: bytes scanned by {statements}, {events:,} events of history"


def _exponent(at_small: float, at_large: float) -> float:
    """How a cost grows with history: 0 if not at all, 1 if proportionally."""
    return math.log10(max(at_large, 1) / max(at_small, 1)) / math.log10(LARGE / SMALL)


def duckdb_rate(events: int) -> float:
    """DuckDB's rows per second for the same files: read, type, deduplicate, sort, write Parquet by date."""
    with tempfile.TemporaryDirectory() as name, duckdb.connect() as connection:
        folder = Path(name)
        write(Part(0, events // 2), folder / "history")
        started = time.monotonic()
        connection.execute(f"""
            COPY (
                SELECT * REPLACE (
                    occurred_at::TIMESTAMPTZ AS occurred_at, changed_at::TIMESTAMPTZ AS changed_at
                ), occurred_at[1:10]::DATE AS dt
                FROM read_json('{folder}/history/*.gz', format = 'newline_delimited', columns = {COLUMNS})
                QUALIFY row_number() OVER (PARTITION BY event_id ORDER BY sequence_number) = 1
                ORDER BY dt, entity, entity_id, version
            ) TO '{folder}/silver' (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (dt))
        """)
        return events / (time.monotonic() - started)


IMAGE = (
    "STRUCT(status VARCHAR, priority VARCHAR, category VARCHAR, created_at VARCHAR, updated_at VARCHAR, "
    "completed_at VARCHAR)"
)
COLUMNS = {
    **dict.fromkeys(
        ("event_id", "event_name", "sequence_number", "occurred_at", "changed_at", "actor", "correlation_id", "entity",
         "user_key", "entity_id"),
        "VARCHAR",
    ),
    "version": "BIGINT",
    "before": IMAGE,
    "after": IMAGE,
}  # fmt: skip


@contextmanager
def _lake() -> Iterator[tuple[Endpoint, Lake, GoldLake, Path]]:
    """An empty lake with its own emulator and Athena endpoint."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with running_endpoint(folder) as endpoint:
            # For the metrics that a pass puts.
            os.environ |= {"AWS_ENDPOINT_URL": endpoint.emulator, "AWS_DEFAULT_REGION": REGION}
            os.environ |= dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "test")
            gold = GoldLake(endpoint, NAME, folder / "gold")
            yield endpoint, Lake(endpoint.s3, endpoint.glue, BUCKET, f"silver_{NAME}"), gold, folder


def _put_bronze(target: Lake, part: Part, folder: Path, hour: str) -> int:
    """Puts a part's events into bronze, as Firehose does; returns their number of bytes."""
    files = write(part, folder)
    for file in files:
        target.s3.put_object(
            Bucket=target.bucket, Key=f"bronze/change_events/{hour}/{file.name}", Body=file.read_bytes()
        )
    return sum(file.stat().st_size for file in files)


@contextmanager
def _counted(target: Lake) -> Iterator[Reads]:
    """Counts the bytes that the lake's client reads in the block."""
    reads = Reads()
    target.s3.meta.events.register("after-call.s3.GetObject", reads.count, unique_id="benchmark")
    yield reads
    target.s3.meta.events.unregister("after-call.s3.GetObject", unique_id="benchmark")


def _sizes(endpoint: Endpoint, prefix: str) -> Counter[str]:
    """Stored bytes by the first two folders."""
    sizes: Counter[str] = Counter()
    for page in endpoint.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix):
        for item in page.get("Contents", []):
            sizes["/".join(item["Key"].split("/")[:2])] += item["Size"]
    return sizes


def _scanned(executions: Iterable[Any], models: dict[str, str]) -> Counter[str]:
    """Bytes scanned by dbt's statements, by the model's materialization; merges count as `merge`."""
    kinds: Counter[str] = Counter()
    for execution in executions:
        sql = execution["Query"]
        node = _node(sql)
        kind = "merge" if "merge into" in sql.lower() else models.get(node, node.partition(".")[0])
        kinds[kind] += execution["Statistics"]["DataScannedInBytes"]
    return kinds


def _materializations(gold: GoldLake) -> dict[str, str]:
    """Each model's materialization, by dbt's node id."""
    gold.dbt("parse", as_of=AS_OF, alone=True)
    nodes = json.loads((gold.target() / "manifest.json").read_text())["nodes"]
    return {key: node["config"]["materialized"] for key, node in nodes.items()}


def _node(sql: str) -> str:
    """The node id in dbt's comment before the statement."""
    start, end = sql.find("/*"), sql.find("*/")
    if start < 0 or end < 0:
        return ""
    try:
        return str(json.loads(sql[start + 2 : end]).get("node_id", ""))
    except ValueError:
        return ""
