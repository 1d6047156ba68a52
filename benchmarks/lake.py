"""The lake's lines: what a pass reads and how fast, how big silver is, what a query on gold scans."""

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
from tests.gold.lake import GoldLake
from tests.support.endpoint import BUCKET, REGION, Endpoint
from tests.support.servers import running_endpoint

SMALL, LARGE = 100_000, 1_000_000
DASHBOARD_TASKS = 1_000_000
NEW_TASKS = 500
MEGABYTE = 1_000_000
NAME = "bench"
AS_OF = datetime(2026, 11, 22, tzinfo=UTC)
WHY_BYTES = (
    "event_id, entity_id, correlation_id and sequence_number are unique or random text in every row, which nothing "
    "compresses. Silver would need fewer columns, or ids as bytes; either changes what the contract promises."
)
WHY_RATE = (
    "each of the contract's rules is an expression of its own over every line; fresh rows, versions and ledger are "
    "written in turn, and staged to and from the emulated bucket, which DuckDB is spared."
)
WHY_DOTS = (
    "a million times and durations are that big. The page draws the organization's newest 1,000; who draws all of them "
    "pays for all."
)
WHY_GOLD = (
    "each model asks itself for its newest pass, and looks for users that are no longer known once the ledger tells of "
    "a loss. The rest stays the same: it is the months in which something was created that has news."
)
# What dbt's statements of a pass are, by kind.
GOLD = {
    "incremental": "the incremental models' selects",
    "table": "the table models' selects",
    "merge": "the merges",
}
# Every relation behind a route of the dashboard, as an analyst's dashboard would ask for the organization's rows.
DASHBOARD = (
    "lead_time", "cycle_time", "completions", "throughput", "cumulative_flow", "ageing", "due_dates", "rework",
    "completion_rate", "streak", "mix",
)  # fmt: skip
# Of a relation with a row for each task, what a chart of it draws.
DRAWN = {"completions": "completed_at, lead_time_s, cycle_time_s"}


@dataclass
class Reads:
    """Bytes that a client was sent by S3, by the first folders of the key."""

    by_folder: Counter[str] = field(default_factory=Counter)

    def count(self, parsed: Any, http_response: Any, **_: Any) -> None:
        folders = http_response.url.split(f"/{BUCKET}/", 1)[-1].split("/")
        self.by_folder["/".join(folders[:2])] += parsed.get("ContentLength", 0)

    def of(self, prefix: str) -> int:
        return sum(size for folder, size in self.by_folder.items() if folder.startswith(prefix))


@dataclass(frozen=True)
class Passes:
    """What a lake of some history showed: its first pass, then one with little new, then one with nothing."""

    first: SilverPass
    silver_bytes: int
    versions_bytes: int
    new_bytes: int
    second: Reads
    idle: Reads
    gold: Counter[str]


def figures() -> Iterator[Figure]:
    """Every line about the lake. Takes some minutes."""
    small, large = passes(SMALL), passes(LARGE)
    yield from _silver(large)
    yield from _reading(small, large)
    yield from _gold(small, large)
    scanned = dashboard(DASHBOARD_TASKS)
    dots = scanned.pop("completions")
    name, most = max(scanned.items(), key=lambda item: item[1])
    line = f"bytes that a dashboard's query scans at {DASHBOARD_TASKS:,} tasks"
    yield Figure(f"{line}, the most of them (insight_{name})", most / MEGABYTE, "MB", at_most(10))
    yield Figure(f"{line}, a dot for each completed one", dots / MEGABYTE, "MB", at_most(10), WHY_DOTS)


def dashboard(tasks: int) -> dict[str, int]:
    """For each relation behind the dashboard, the bytes that a query for the organization scans."""
    with _lake() as (endpoint, target, gold, folder):
        _arrive(target, Part(0, tasks), folder / "history", "dt=2026-01-01/hour=00")
        run_silver(target, "20260101T010000000Z")
        gold.build(as_of=AS_OF)
        queries = {
            name: f"SELECT {DRAWN.get(name, '*')} FROM gold_{NAME}.insight_{name} WHERE user_id = '*'"
            for name in DASHBOARD
        }
        return {name: endpoint.ok(query).scanned for name, query in queries.items()}


def passes(events: int) -> Passes:
    """A lake with so many events of history, and three more passes, a day each; measured are the last two.

    The first of them still reads the ledger of the day on which the history came.
    """
    with _lake() as (endpoint, target, gold, folder):
        tasks = events // 2
        _arrive(target, Part(0, tasks), folder / "history", "dt=2026-01-01/hour=00")
        first = run_silver(target, "20260101T010000000Z")
        gold.build(as_of=AS_OF)
        sizes = _sizes(endpoint, "silver/")
        _arrive(target, Part(tasks, tasks + NEW_TASKS), folder / "next", "dt=2026-01-02/hour=02")
        run_silver(target, "20260102T030000000Z")
        gold.build(as_of=AS_OF)
        tasks += NEW_TASKS
        new = _arrive(target, Part(tasks, tasks + NEW_TASKS), folder / "new", "dt=2026-01-03/hour=02")
        with _counted(target) as second:
            run_silver(target, "20260103T030000000Z")
        known = endpoint.executions()
        gold.build(as_of=AS_OF)
        new_ones = [execution for key, execution in endpoint.executions().items() if key not in known]
        scanned = _scanned(new_ones, _materialisations(gold))
        with _counted(target) as idle:
            run_silver(target, "20260103T050000000Z")
        return Passes(first, sizes["silver/change_events"], sizes["silver/versions"], new, second, idle, scanned)


def _silver(large: Passes) -> Iterator[Figure]:
    yield Figure("silver: bytes per event", large.silver_bytes / LARGE, "B", at_most(20), WHY_BYTES)
    yield Figure("silver: bytes per event of the index of versions", large.versions_bytes / LARGE, "B")
    rate = LARGE / large.first.seconds
    yield Figure("silver: rows a second, 1 M events, from bronze to the commit", rate, "rows/s")
    yield Figure(
        "silver: rows a second against DuckDB doing the same", rate / duckdb_rate(LARGE), "x", at_least(0.5), WHY_RATE
    )


def _reading(small: Passes, large: Passes) -> Iterator[Figure]:
    yield Figure(
        "bronze bytes that a silver pass reads, per new byte",
        large.second.of("bronze") / large.new_bytes,
        "x",
        at_most(1),
    )
    yield Figure("bronze bytes that a pass without new data reads", large.idle.of("bronze"), "B", at_most(0))
    for events, found in ((SMALL, small), (LARGE, large)):
        yield Figure(f"silver: bytes a pass reads, {events:,} events of history", found.second.of(""), "B")
    exponent = _exponent(small.second.of(""), large.second.of(""))
    yield Figure("silver: exponent of the bytes a pass reads, by history", exponent, "", at_most(0.1))


def _gold(small: Passes, large: Passes) -> Iterator[Figure]:
    for kind, statements in GOLD.items():
        for events, found in ((SMALL, small), (LARGE, large)):
            yield Figure(scanned_by(statements, events), found.gold[kind], "B")
        aim = at_most(0.1) if kind == "incremental" else None
        exponent = _exponent(small.gold[kind], large.gold[kind])
        yield Figure(f"gold: exponent of the bytes {statements} scan, by history", exponent, "", aim, WHY_GOLD)


def scanned_by(statements: str, events: int) -> str:
    """The name of a line about gold."""
    return f"gold: bytes {statements} scan, {events:,} events of history"


def _exponent(at_small: float, at_large: float) -> float:
    """How the cost grows with history: 0 not at all, 1 in proportion."""
    return math.log10(max(at_large, 1) / max(at_small, 1)) / math.log10(LARGE / SMALL)


def duckdb_rate(events: int) -> float:
    """Rows a second of DuckDB: the same files read, typed, each event once, sorted, to Parquet by date."""
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
    """An empty lake on an emulator and Athena endpoint of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with running_endpoint(folder) as endpoint:
            # Where a pass puts its metrics.
            os.environ |= {"AWS_ENDPOINT_URL": endpoint.emulator, "AWS_DEFAULT_REGION": REGION}
            os.environ |= dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "test")
            gold = GoldLake(endpoint, NAME, folder / "gold")
            yield endpoint, Lake(endpoint.s3, endpoint.glue, BUCKET, f"silver_{NAME}"), gold, folder


def _arrive(target: Lake, part: Part, folder: Path, hour: str) -> int:
    """Puts a part's events where Firehose would; answers how many bytes those are."""
    files = write(part, folder)
    for file in files:
        target.s3.put_object(
            Bucket=target.bucket, Key=f"bronze/change_events/{hour}/{file.name}", Body=file.read_bytes()
        )
    return sum(file.stat().st_size for file in files)


@contextmanager
def _counted(target: Lake) -> Iterator[Reads]:
    """Counts what the lake's client reads meanwhile."""
    reads = Reads()
    target.s3.meta.events.register("after-call.s3.GetObject", reads.count, unique_id="benchmark")
    yield reads
    target.s3.meta.events.unregister("after-call.s3.GetObject", unique_id="benchmark")


def _sizes(endpoint: Endpoint, prefix: str) -> Counter[str]:
    """Bytes at rest by the first two folders."""
    sizes: Counter[str] = Counter()
    for page in endpoint.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix):
        for item in page.get("Contents", []):
            sizes["/".join(item["Key"].split("/")[:2])] += item["Size"]
    return sizes


def _scanned(executions: Iterable[Any], models: dict[str, str]) -> Counter[str]:
    """Bytes scanned by dbt's statements, by the model's materialisation; those of merges under `merge`."""
    kinds: Counter[str] = Counter()
    for execution in executions:
        sql = execution["Query"]
        node = _node(sql)
        kind = "merge" if "merge into" in sql.lower() else models.get(node, node.partition(".")[0])
        kinds[kind] += execution["Statistics"]["DataScannedInBytes"]
    return kinds


def _materialisations(gold: GoldLake) -> dict[str, str]:
    """Each model's, by dbt's name of its node."""
    nodes = json.loads((gold.target() / "manifest.json").read_text())["nodes"]
    return {key: node["config"]["materialized"] for key, node in nodes.items()}


def _node(sql: str) -> str:
    """The model that dbt's comment names before its statement."""
    begins, ends = sql.find("/*"), sql.find("*/")
    if begins < 0 or ends < 0:
        return ""
    try:
        return str(json.loads(sql[begins + 2 : ends]).get("node_id", ""))
    except ValueError:
        return ""
