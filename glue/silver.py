"""The silver job. Reads the new bronze objects once and writes the dates they touch, each to a new folder.

With --lake_bucket it plans and commits the pass itself, as on AWS. Else the caller did, or will: then the
lists of objects and partitions are given, and the summary is the last line of the output.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Final

import boto3
from pyspark.sql import DataFrame, Observation, SparkSession
from pyspark.sql import functions as F  # noqa: N812  (Spark's own convention)

from glue import lake, transforms
from glue.catalogue import Lake
from glue.schemas import silver_schema

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
    """What one pass reads and writes, all as URIs. existing: the folder of each date that silver has."""

    bronze_objects: list[str]
    existing: dict[str, str]
    output: str
    quarantine: str
    pass_id: str

    @property
    def ledger(self) -> str:
        return f"{self.output}/ledger"

    def fresh(self, dt: str) -> str:
        return f"{self.output}/fresh/dt={dt}"


@dataclass(frozen=True)
class Summary:
    """lines = new_events + duplicates + quarantined. folders: where each touched date lies in the output."""

    lines: int
    new_events: int
    duplicates: int
    quarantined: int
    folders: dict[str, str]

    @property
    def counts(self) -> dict[str, int]:
        return {name: count for name, count in asdict(self).items() if name != "folders"}


def run(spark: SparkSession, job: Job) -> Summary:
    """One pass over the new objects. Dates that get no new event are left alone."""
    lines = spark.read.text(job.bronze_objects).transform(transforms.with_bronze_object)
    parsed = lines.transform(transforms.parse)
    counts = write_fresh(parsed, job)
    if counts["quarantined"]:
        parsed.transform(transforms.quarantined, job.pass_id).write.json(job.quarantine)
    new_by_date = write_ledger(spark, job)
    rewritten = sorted(job.existing.keys() & new_by_date.keys())
    if rewritten:
        fresh = read_silver(spark, [job.fresh(dt) for dt in rewritten])
        existing = read_silver(spark, [job.existing[dt] for dt in rewritten])
        write_silver(transforms.merge(fresh, existing), f"{job.output}/merged")
    new_events = sum(new_by_date.values())
    return Summary(
        lines=counts["lines"],
        new_events=new_events,
        duplicates=counts["lines"] - counts["quarantined"] - new_events,
        quarantined=counts["quarantined"],
        folders={dt: f"{'merged' if dt in rewritten else 'fresh'}/dt={dt}" for dt in sorted(new_by_date)},
    )


def write_fresh(parsed: DataFrame, job: Job) -> dict[str, int]:
    """Writes the new objects' events, each once, and counts the lines on the way."""
    counts = Observation()
    observed = parsed.observe(counts, F.count("line").alias("lines"), F.count("reason").alias("quarantined"))
    write_silver(observed.transform(transforms.valid).transform(transforms.dedupe), f"{job.output}/fresh")
    return counts.get


def write_ledger(spark: SparkSession, job: Job) -> dict[str, int]:
    """Writes the ledger's rows; returns the number of new events of each date that has any."""
    fresh = read_silver(spark, [f"{job.output}/fresh"])
    found = {str(row.dt) for row in fresh.select("dt").distinct().collect()}
    existing = read_silver(spark, [job.existing[dt] for dt in sorted(found & job.existing.keys())])
    rows = transforms.ledger(fresh, existing).coalesce(1).sortWithinPartitions(*transforms.LEDGER_KEY)
    rows.write.json(job.ledger)
    written = spark.read.schema(rows.schema).json(job.ledger)
    by_date = written.groupBy("event_dt").agg(F.sum("events").alias("events")).collect()
    return {str(row.event_dt): row.events for row in by_date}


def read_silver(spark: SparkSession, folders: list[str]) -> DataFrame:
    """Silver's rows with dt, which is their own date whatever folder they lie in."""
    if not folders:
        return spark.createDataFrame([], silver_schema()).transform(transforms.with_dt)
    rows = spark.read.schema(silver_schema()).option("recursiveFileLookup", "true").parquet(*folders)
    return rows.transform(transforms.with_dt)


def write_silver(events: DataFrame, folder: str) -> None:
    events.write.partitionBy("dt").parquet(folder)


def session() -> SparkSession:
    return SparkSession.builder.appName("silver").config(map=SETTINGS).getOrCreate()


def run_on_lake(spark: SparkSession, target: Lake, pass_id: str) -> Summary | None:
    """Plans a pass, runs it and commits it; None if there is nothing new."""
    plan = lake.plan(target)
    if not plan.objects:
        return None
    root = f"s3://{target.bucket}"
    job = Job(
        bronze_objects=[f"{root}/{key}" for key in plan.objects],
        existing=plan.existing,
        output=f"{root}/{lake.WORK}{pass_id}",
        quarantine=f"{root}/{lake.quarantine_folder(pass_id)}",
        pass_id=pass_id,
    )
    summary = run(spark, job)
    lake.move_into_place(target, job.output, summary.folders, pass_id)
    ledger = lake.read_folder(target, job.ledger)
    lake.commit(target, lake.Outcome(pass_id, plan, list(summary.folders), ledger, summary.counts))
    return summary


def parse_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    """Glue passes its own arguments along with ours; they are none of our business."""
    parser = argparse.ArgumentParser(prog="silver", description=__doc__, allow_abbrev=False)
    parser.add_argument("--pass_id", default=lake.pass_id_at(datetime.now(UTC)))
    parser.add_argument("--lake_bucket", help="plan and commit the pass in this bucket")
    parser.add_argument("--silver_database", default="todo_silver")
    parser.add_argument("--bronze_objects", help="URI of a file: a URI per line")
    parser.add_argument("--existing", help="URI of a file: per line a date, a space, the URI of its folder")
    parser.add_argument("--output", help="URI of a folder to make")
    parser.add_argument("--quarantine", help="URI of a folder to make, for lines that are no events")
    return parser.parse_known_args(arguments)[0]


def main(arguments: Sequence[str]) -> None:
    given = parse_arguments(arguments)
    spark = session()
    if given.lake_bucket:
        target = Lake(boto3.client("s3"), boto3.client("glue"), given.lake_bucket, given.silver_database)
        summary = run_on_lake(spark, target, given.pass_id)
    else:
        existing = (line.partition(" ")[::2] for line in read_lines(spark, given.existing))
        job = Job(
            bronze_objects=read_lines(spark, given.bronze_objects),
            existing=dict(existing),
            output=given.output,
            quarantine=given.quarantine,
            pass_id=given.pass_id,
        )
        summary = run(spark, job)
    sys.stdout.write(f"{json.dumps(asdict(summary) if summary else None)}\n")


def read_lines(spark: SparkSession, uri: str) -> list[str]:
    return [row.value for row in spark.read.text(uri).collect()]


if __name__ == "__main__":
    main(sys.argv[1:])
