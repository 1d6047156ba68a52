"""The silver job. Reads the new bronze objects once and writes the dates they touch, each to a new folder.

With --lake_bucket it plans and commits the pass itself, as on AWS. Else the caller did, or will: then the
lists of objects and partitions are given, and the summary is the last line of the output.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import boto3
from py4j.protocol import Py4JJavaError
from pyspark.sql import DataFrame, Observation, SparkSession
from pyspark.sql import functions as F  # noqa: N812  (Spark's own convention)

from glue import commit, erasures, lake, metrics, quarantine, transforms
from glue.catalogue import Lake
from glue.schemas import silver_schema
from glue.versions import SCHEMA, elsewhere, updated, with_shard
from glue.versions import gaps as gaps_of

SORTED_BY: Final = ("entity", "entity_id", "version")

SETTINGS: Final[dict[str, bool | float | int | str | None]] = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MILLIS",
    "spark.sql.parquet.compression.codec": "zstd",
    # Dates before 1582 are days of the calendar that Athena has too; without this a run that meets one fails.
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    # Spark would look for filters to infer from the contract's rules, which takes it ten seconds and finds none.
    "spark.sql.constraintPropagation.enabled": False,
    # The contract's rules would make one method longer than the JVM compiles: measured, half the time without.
    "spark.sql.codegen.wholeStage": False,
    # It would cut out the observation that counts the lines when none of them is valid.
    "spark.sql.adaptive.optimizer.excludedRules": ("org.apache.spark.sql.execution.adaptive.AQEPropagateEmptyRelation"),
}


@dataclass(frozen=True)
class Job:
    """What one pass reads and writes, all as URIs. existing: the folder of each date that silver has.

    versions: the folder of each shard that the versions have. erased: the users whose events silver must not hold;
    to_clear: those of them that it may hold still.
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

    folders: where each touched date lies in the output; gaps: per rewritten shard of the versions, under
    versions/ in the output, what is missing there.
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


def run(spark: SparkSession, job: Job) -> Summary:
    """One pass over the new objects. Dates whose rows stay the same are left alone."""
    counts = write_fresh(spark, job)
    fresh = read_silver(spark, [job.folder("fresh")])
    touched = fresh.transform(with_shard).select("dt", "shard").distinct().collect()
    dates = {str(row.dt) for row in touched}
    known = read_versions(spark, job, {row.shard for row in touched})
    dates.update(elsewhere(fresh, known))
    dates.update(dates_of(spark, job, job.to_clear))
    existing = read_silver(spark, [job.existing[dt] for dt in sorted(dates & job.existing.keys())])
    winning, place = fresh, "fresh"
    if dates & job.existing.keys():
        winning, place = write_winners(spark, job, fresh, existing), "winners"
    lost = transforms.losers(existing, winning, job.erased)
    changed = write_ledger(spark, job, winning, lost)
    rewritten = sorted(job.existing.keys() & changed)
    if rewritten:
        write_merged(spark, job, rewritten, winning, lost)
    erased = lost.filter(F.col("user_id").isin(job.erased)).count() if job.to_clear else 0
    gaps = write_versions(spark, job, winning, lost)
    new_events = sum(changed.values()) + erased
    return Summary(
        lines=counts["lines"],
        new_events=new_events,
        duplicates=counts["lines"] - counts["quarantined"] - counts["suppressed"] - new_events,
        quarantined=counts["quarantined"],
        suppressed=counts["suppressed"],
        erased=erased,
        folders={dt: f"{'merged' if dt in rewritten else place}/dt={dt}" for dt in sorted(changed)},
        gaps=gaps,
    )


def write_fresh(spark: SparkSession, job: Job) -> dict[str, int]:
    """Writes the new objects' events, each once, and the lines that are none; counts the lines on the way."""
    if not job.bronze_objects:
        spark.createDataFrame([], silver_schema()).write.parquet(job.folder("fresh"))
        return {"lines": 0, "quarantined": 0, "suppressed": 0}
    parsed = spark.read.text(job.bronze_objects).transform(transforms.with_bronze_object).transform(transforms.parse)
    is_erased = F.col("reason").isNull() & F.col("event.user_key").isin(job.erased)
    counts = Observation()
    observed = parsed.observe(
        counts,
        F.count("line").alias("lines"),
        F.count("reason").alias("quarantined"),
        F.count_if(is_erased).alias("suppressed"),
    )
    events = observed.transform(transforms.valid).filter(~F.col("user_id").isin(job.erased))
    write_silver(events.transform(transforms.dedupe), job.folder("fresh"))
    if counts.get["quarantined"]:
        parsed.transform(transforms.quarantined, job.pass_id).write.json(job.quarantine)
    return counts.get


def write_winners(spark: SparkSession, job: Job, fresh: DataFrame, existing: DataFrame) -> DataFrame:
    """The fresh rows that silver takes in, written so that no later step finds them anew."""
    write_silver(transforms.winners(fresh, existing), job.folder("winners"))
    return read_silver(spark, [job.folder("winners")])


def write_ledger(spark: SparkSession, job: Job, winning: DataFrame, lost: DataFrame) -> dict[str, int]:
    """Writes the ledger's rows; returns by how many events each date grows that changes."""
    rows = transforms.ledger(winning, lost).coalesce(1).sortWithinPartitions(*transforms.LEDGER_KEY)
    rows.write.json(job.folder("ledger"))
    written = spark.read.schema(rows.schema).json(job.folder("ledger"))
    by_date = written.groupBy("event_dt").agg(F.sum("events").alias("events")).collect()
    return {str(row.event_dt): row.events for row in by_date}


def write_merged(spark: SparkSession, job: Job, dates: list[str], winning: DataFrame, lost: DataFrame) -> None:
    """The dates that silver has already, as they are from now on."""
    existing = read_silver(spark, [job.existing[dt] for dt in dates])
    merged = transforms.merge(winning.filter(F.col("dt").cast("string").isin(dates)), existing, lost)
    write_silver(merged, job.folder("merged"))
    left = read_silver(spark, [job.folder("merged")]).select("dt").distinct().collect()
    for dt in set(dates) - {str(row.dt) for row in left}:
        # A date that lost its last event keeps a file, so that every reader finds the folder it is pointed to.
        spark.createDataFrame([], silver_schema()).repartition(1).write.parquet(job.folder(f"merged/dt={dt}"))


def write_versions(
    spark: SparkSession, job: Job, winning: DataFrame, lost: DataFrame
) -> dict[str, dict[str, Any] | None]:
    """Writes the shards that change; returns for each what is missing there."""
    changes = winning.select("event_id", "dt").unionByName(lost.select("event_id", "dt")).transform(with_shard)
    shards = {row.shard for row in changes.select("shard").distinct().collect()}
    if not shards:
        return {}
    rows = updated(read_versions(spark, job, shards), winning, lost)
    folder = job.folder("versions")
    sorted_rows = rows.repartition("shard").sortWithinPartitions("shard", "event_id")
    sorted_rows.write.partitionBy("shard").option("compression", "gzip").json(folder)
    written = spark.read.schema(f"{SCHEMA}, shard string").json(folder)
    found = gaps_of(written)
    if job.to_clear:
        # A shard that lost its last event keeps a file, or the next pass would find what it held before.
        left = {row.shard for row in written.select("shard").distinct().collect()}
        for shard in shards - left:
            empty = spark.createDataFrame([], SCHEMA).repartition(1)
            empty.write.option("compression", "gzip").json(f"{folder}/shard={shard}")
    return {shard: found.get(shard) for shard in sorted(shards)}


def dates_of(spark: SparkSession, job: Job, user_keys: list[str]) -> set[str]:
    """The dates that hold events of these users."""
    if not user_keys:
        return set()
    held = read_silver(spark, list(job.existing.values())).filter(F.col("user_id").isin(user_keys))
    return {str(row.dt) for row in held.select("dt").distinct().collect()}


def read_silver(spark: SparkSession, folders: list[str]) -> DataFrame:
    """Silver's rows with dt, which is their own date whatever folder they lie in."""
    if not folders:
        return spark.createDataFrame([], silver_schema()).transform(transforms.with_dt)
    rows = spark.read.schema(silver_schema()).option("recursiveFileLookup", "true").parquet(*folders)
    return rows.transform(transforms.with_dt)


def read_versions(spark: SparkSession, job: Job, shards: set[str]) -> DataFrame:
    """What the versions hold of these shards: event_id, dt."""
    folders = [job.versions[shard] for shard in sorted(shards & job.versions.keys())]
    return spark.read.schema(SCHEMA).json(folders) if folders else spark.createDataFrame([], SCHEMA)


def write_silver(events: DataFrame, folder: str) -> None:
    """A date's rows go to few big files, whatever the number of passes that brought them."""
    balanced = events.sparkSession.sql("select /*+ rebalance(dt) */ * from {events}", events=events)
    balanced.sortWithinPartitions("dt", *SORTED_BY).write.partitionBy("dt").parquet(folder)


def session() -> SparkSession:
    return SparkSession.builder.appName("silver").config(map=SETTINGS).getOrCreate()


def run_on_lake(spark: SparkSession, target: Lake, pass_id: str, listed: list[str]) -> Summary | None:
    """Plans a pass, runs it and commits it; None if there is nothing to do. listed: users whose erasure is."""
    erasures.drop_unlisted(target, listed)
    plan = lake.plan(target, listed)
    if plan.nothing_to_do:
        return None
    root = f"s3://{target.bucket}"
    broken: dict[str, str] = {}

    def attempt(number: int) -> tuple[Job, Summary]:
        job = Job(
            bronze_objects=[f"{root}/{key}" for key in plan.objects if key not in broken],
            existing=plan.existing,
            output=f"{root}/{lake.WORK}{pass_id}/{number}",
            quarantine=f"{root}/{lake.quarantine_folder(pass_id)}{number}",
            pass_id=pass_id,
            versions=plan.versions,
            erased=plan.erasures.listed,
            to_clear=plan.erasures.new,
        )
        return job, run(spark, job)

    try:
        job, summary = attempt(1)
    except Py4JJavaError:
        # Spark gives up on an object that is no whole gzip file; without one of those it is another trouble.
        broken |= quarantine.broken_objects(target, plan.objects)
        if not broken:
            raise
        job, summary = attempt(2)
    quarantine.put_objects(target, pass_id, broken)
    places = {
        **{folder: lake.silver_folder(dt, pass_id) for dt, folder in summary.folders.items()},
        **{f"versions/shard={shard}": lake.versions_folder(shard, pass_id) for shard in summary.gaps},
    }
    ledger = lake.read_folder(target, job.folder("ledger"))
    counts = {**summary.counts, "quarantined_objects": len(broken)}
    outcome = commit.Outcome(pass_id, plan, list(summary.folders), ledger, counts, summary.gaps)
    committed = commit.commit(target, outcome, lambda: commit.move_into_place(target, job.output, places))
    metrics.put_silver(boto3.client("cloudwatch"), committed)
    return summary


def parse_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    """Glue passes its own arguments along with ours; they are none of our business."""
    parser = argparse.ArgumentParser(prog="silver", description=__doc__, allow_abbrev=False)
    parser.add_argument("--pass_id", default=lake.pass_id_at(datetime.now(UTC)))
    parser.add_argument("--lake_bucket", help="plan and commit the pass in this bucket")
    parser.add_argument("--silver_database", default="todo_silver")
    parser.add_argument("--table_name", help="the table that lists the erasures")
    parser.add_argument("--bronze_objects", help="URI of a file: a URI per line")
    parser.add_argument("--existing", help="URI of a file: per line a date, a space, the URI of its folder")
    parser.add_argument("--versions", help="URI of a file: per line a shard, a space, the URI of its folder")
    parser.add_argument("--erased", help="URI of a file: a user_key per line")
    parser.add_argument("--to_clear", help="URI of a file: those of them that silver may hold")
    parser.add_argument("--output", help="URI of a folder to make")
    parser.add_argument("--quarantine", help="URI of a folder to make, for lines that are no events")
    return parser.parse_known_args(arguments)[0]


def main(arguments: Sequence[str]) -> None:
    given = parse_arguments(arguments)
    spark = session()
    if given.lake_bucket:
        target = Lake(boto3.client("s3"), boto3.client("glue"), given.lake_bucket, given.silver_database)
        listed = erasures.listed(boto3.client("dynamodb"), given.table_name) if given.table_name else []
        summary = run_on_lake(spark, target, given.pass_id, listed)
    else:
        job = Job(
            bronze_objects=read_lines(spark, given.bronze_objects),
            existing=read_pairs(spark, given.existing),
            output=given.output,
            quarantine=given.quarantine,
            pass_id=given.pass_id,
            versions=read_pairs(spark, given.versions),
            erased=read_lines(spark, given.erased),
            to_clear=read_lines(spark, given.to_clear),
        )
        summary = run(spark, job)
    sys.stdout.write(f"{json.dumps(asdict(summary) if summary else None)}\n")


def read_lines(spark: SparkSession, uri: str) -> list[str]:
    return [row.value for row in spark.read.text(uri).collect()]


def read_pairs(spark: SparkSession, uri: str) -> dict[str, str]:
    return {name: value for name, _, value in (line.partition(" ") for line in read_lines(spark, uri))}


if __name__ == "__main__":
    main(sys.argv[1:])
