"""The model of silver's transforms makes of each pass of whole seeds what the job makes of it on Spark.

Spark's passes go on from what Spark itself wrote, so that a difference would stay.
"""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812  (Spark's own convention)

from glue.job import spark as spark_job
from glue.job.schemas import LAKE_NAMES
from glue.job.spec import Job, SilverJobError, Summary
from glue.job.versions import SCHEMA
from glue.lake import paths
from tests.faults import engine
from tests.faults.aws.s3 import Bucket
from tests.faults.plan import plan
from tests.faults.runtime import installed
from tests.faults.simulation import run
from tests.faults.world import BUCKET
from tests.support.events import event, line

# py4j leaves its sockets to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

# Together they have passes of every kind; `test_seeds_have_all_kinds_of_passes` says which.
SEEDS = (18, 35)
# Why a line is no event nobody in the simulation reads.
NOT_MODELLED = ("reason",)

Row = dict[str, Any]
# Whatever order rows come in.
Rows = list[str]


@dataclass(frozen=True)
class Pass:
    """A pass as the model made it. bronze: its objects as they were; made: what lies in its folders, none if it broke.

    dates: those that changed, with what they hold now.
    """

    job: Job
    bronze: dict[str, bytes]
    summary: Summary | None
    dates: dict[str, Rows]
    quarantine: Rows
    ledger: Rows
    versions: dict[str, Rows]


@pytest.fixture(scope="module")
def passes() -> dict[int, list[Pass]]:
    return {seed: _passes_of(seed) for seed in SEEDS}


def _passes_of(seed: int) -> list[Pass]:
    noted: list[Pass] = []
    real = engine.run

    def noting(bucket: Bucket, job: Job) -> Summary:
        bronze = {uri: bucket.objects[paths.key_of(uri)].body for uri in job.bronze_objects}
        try:
            summary = real(bucket, job)
        except SilverJobError:
            noted.append(Pass(job, bronze, None, {}, [], [], {}))
            raise
        noted.append(_made(bucket, job, bronze, summary))
        return summary

    with pytest.MonkeyPatch.context() as patch, installed():
        patch.setattr(engine, "run", noting)
        run(seed, plan(seed))
    return noted


def _made(bucket: Bucket, job: Job, bronze: dict[str, bytes], summary: Summary) -> Pass:
    return Pass(
        job,
        bronze,
        summary,
        {dt: _events(bucket, job, folder) for dt, folder in summary.folders.items()},
        _lines(bucket, job.quarantine),
        _lines(bucket, job.folder("ledger")),
        {shard: _known(bucket, job, shard) for shard in summary.gaps},
    )


def _events(bucket: Bucket, job: Job, folder: str) -> Rows:
    rows = engine.read_rows(bucket, job.folder(folder))
    return rows_of({LAKE_NAMES.get(name, name): value for name, value in row.items()} for row in rows)


def _known(bucket: Bucket, job: Job, shard: str) -> Rows:
    known = engine.known(bucket, job.folder(f"versions/shard={shard}"))
    return rows_of({"event_id": event_id, "dt": dt} for event_id, dt in known.items())


def _lines(bucket: Bucket, uri: str) -> Rows:
    return rows_of(engine.read_rows(bucket, uri))


def rows_of(rows: Iterable[Row]) -> Rows:
    """In one order and spelling, which has no nulls, as Spark's JSON hasn't."""
    told = ({name: value for name, value in row.items() if name not in NOT_MODELLED} for row in rows)
    return sorted(json.dumps(_without_nulls(row), sort_keys=True, ensure_ascii=False) for row in told)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(inner) for name, inner in value.items() if inner is not None}
    return value


class OnSpark:
    """The same passes by the job's own code, on a lake in a folder. dates, shards: where silver's newest lie."""

    def __init__(self, spark: SparkSession, folder: Path) -> None:
        self.spark = spark
        self.folder = folder
        self.moved: dict[str, str] = {}

    def run(self, number: int, one: Pass) -> Pass:
        place = self.folder / str(number)
        job = replace(
            one.job,
            bronze_objects=[self._placed(place, uri, body) for uri, body in one.bronze.items()],
            existing={dt: self.moved[uri] for dt, uri in one.job.existing.items()},
            versions={shard: self.moved[uri] for shard, uri in one.job.versions.items()},
            output=(place / "output").as_uri(),
            quarantine=(place / "quarantine").as_uri(),
        )
        try:
            summary = spark_job.run(self.spark, job)
        except SilverJobError:
            return Pass(one.job, one.bronze, None, {}, [], [], {})
        self._move(job, summary)
        return Pass(
            one.job,
            one.bronze,
            summary,
            {dt: self._events(job.folder(folder)) for dt, folder in summary.folders.items()},
            rows_of(_json_lines(place / "quarantine")),
            rows_of(_json_lines(place / "output" / "ledger")),
            {shard: self._known(job.folder(f"versions/shard={shard}")) for shard in summary.gaps},
        )

    def _placed(self, place: Path, uri: str, body: bytes) -> str:
        path = place / paths.key_of(uri)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        # Not as_uri(), which writes "=" in a way that Spark takes for a name's own.
        return f"file://{path}"

    def _move(self, job: Job, summary: Summary) -> None:
        """By the names that the commit gives them; a pass that is not committed is not asked for."""
        root = f"s3://{BUCKET}/"
        for dt, folder in summary.folders.items():
            self.moved[f"{root}{paths.silver_folder(dt, job.pass_id)}"] = job.folder(folder)
        for shard in summary.gaps:
            self.moved[f"{root}{paths.versions_folder(shard, job.pass_id)}"] = job.folder(f"versions/shard={shard}")

    def _events(self, folder: str) -> Rows:
        rows = spark_job.read_silver(self.spark, [folder]).drop("dt").select(F.to_json(F.struct("*")).alias("row"))
        return rows_of(json.loads(row.row) for row in rows.collect())

    def _known(self, folder: str) -> Rows:
        rows = self.spark.read.schema(SCHEMA).json(folder).select(F.to_json(F.struct("*")).alias("row"))
        return rows_of(json.loads(row.row) for row in rows.collect())


def _json_lines(folder: Path) -> list[Row]:
    return [json.loads(text) for part in sorted(folder.glob("part-*")) for text in part.read_text().splitlines()]


def comparable(one: Pass) -> Row:
    """All that a pass made; of the folders' names, which are Spark's own business, only what they are for."""
    told = asdict(one.summary) if one.summary else {}
    return {
        "summary": {**told, "folders": sorted(told.get("folders", ()))},
        "dates": one.dates,
        "quarantine": one.quarantine,
        "ledger": one.ledger,
        "versions": one.versions,
    }


def test_seeds_have_all_kinds_of_passes(passes: dict[int, list[Pass]]) -> None:
    found: Counter[str] = Counter()
    for one in (one for some in passes.values() for one in some):
        if one.summary is None:
            found["broken"] += 1
            continue
        found += Counter({name: count > 0 for name, count in one.summary.counts.items()})
        found["without objects"] += not one.job.bronze_objects
        found["gaps"] += any(one.summary.gaps.values())
        found["replaced"] += any('"events": 0' in row for row in one.ledger)
        found["late"] += bool(one.job.existing.keys() & one.dates.keys())
    assert {name for name, count in found.items() if count} == {
        "broken", "without objects", "gaps", "late", "replaced", "lines", "new_events", "duplicates", "quarantined",
        "suppressed", "erased",
    }  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
def test_model_makes_of_a_pass_what_spark_does(
    passes: dict[int, list[Pass]], spark: SparkSession, tmp_path: Path, seed: int
) -> None:
    on_spark = OnSpark(spark, tmp_path)
    for number, one in enumerate(passes[seed]):
        assert comparable(on_spark.run(number, one)) == comparable(one), f"pass {number}"


def test_model_prefers_of_two_rows_the_one_that_spark_does(spark: SparkSession, tmp_path: Path) -> None:
    """Whatever differs: the first column of the contract that does decides, and none before some."""
    image = event()["after"]
    pairs = [
        (event(1, sequence_number="9", actor="import"), event(1, sequence_number="10", actor="api")),
        (event(2, 2, before=image), event(2, 2, before=None, actor="import")),
        (event(3, after={**image, "category": "b"}), event(3, after={**image, "priority": "low", "category": "a"})),
        (event(4, sequence_number="0", event_name="insert"), event(4, event_name="modify", actor="import")),
    ]
    bucket = Bucket(BUCKET, lambda: 0.0)
    bucket.put(f"{paths.BRONZE}lines", line(*chain.from_iterable(pairs)))
    uri = f"s3://{BUCKET}/{paths.BRONZE}lines"
    job = Job([uri], {}, f"s3://{BUCKET}/work", f"s3://{BUCKET}/quarantine", "20260105T080000000Z")
    made = _made(bucket, job, {uri: bucket.objects[paths.key_of(uri)].body}, engine.run(bucket, job))
    assert made.summary is not None
    assert made.summary.new_events == len(pairs)
    assert comparable(OnSpark(spark, tmp_path).run(0, made)) == comparable(made)
