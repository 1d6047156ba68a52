"""The job's Spark: reads the new bronze objects once and writes the dates they touch, each to a new folder."""

from typing import Any, Final

from py4j.protocol import Py4JJavaError
from pyspark.sql import DataFrame, Observation, SparkSession
from pyspark.sql import functions as F  # noqa: N812  (Spark's own convention)

from glue.job import transforms
from glue.job.schemas import silver_schema
from glue.job.spec import Job, SilverJobError, Summary
from glue.job.versions import SCHEMA, elsewhere, updated, with_shard
from glue.job.versions import gaps as gaps_of

SORTED_BY: Final = ("entity", "entity_id", "version")

SETTINGS: Final[dict[str, bool | float | int | str | None]] = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MILLIS",
    "spark.sql.parquet.compression.codec": "zstd",
    # Dates before 1582 in the calendar that Athena uses; without this a pass fails on one.
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    # Spark would spend ten seconds on inferring filters from the contract's rules, and find none.
    "spark.sql.constraintPropagation.enabled": False,
    # The contract's rules make a method too long for the JVM to compile; without, a pass takes half the time.
    "spark.sql.codegen.wholeStage": False,
    # Otherwise it would drop the observation that counts the lines, if none of them is valid.
    "spark.sql.adaptive.optimizer.excludedRules": ("org.apache.spark.sql.execution.adaptive.AQEPropagateEmptyRelation"),
}


def run(spark: SparkSession, job: Job) -> Summary:
    """One pass over the new objects. Doesn't rewrite dates whose rows stay the same. Raises SilverJobError."""
    try:
        return _run(spark, job)
    except Py4JJavaError as error:
        raise SilverJobError(str(error)) from error


def _run(spark: SparkSession, job: Job) -> Summary:
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
    """Writes the new objects' events, each once, and quarantines the other lines; counts the lines on the way."""
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
    """The fresh rows that silver takes in, written so that later steps need not compute them again."""
    write_silver(transforms.winners(fresh, existing), job.folder("winners"))
    return read_silver(spark, [job.folder("winners")])


def write_ledger(spark: SparkSession, job: Job, winning: DataFrame, lost: DataFrame) -> dict[str, int]:
    """Writes the ledger's rows; returns by how many events each changed date grows."""
    rows = transforms.ledger(winning, lost).coalesce(1).sortWithinPartitions(*transforms.LEDGER_KEY)
    rows.write.json(job.folder("ledger"))
    written = spark.read.schema(rows.schema).json(job.folder("ledger"))
    by_date = written.groupBy("event_dt").agg(F.sum("events").alias("events")).collect()
    return {str(row.event_dt): row.events for row in by_date}


def write_merged(spark: SparkSession, job: Job, dates: list[str], winning: DataFrame, lost: DataFrame) -> None:
    """Rewrites the dates that silver already has."""
    existing = read_silver(spark, [job.existing[dt] for dt in dates])
    merged = transforms.merge(winning.filter(F.col("dt").cast("string").isin(dates)), existing, lost)
    write_silver(merged, job.folder("merged"))
    left = read_silver(spark, [job.folder("merged")]).select("dt").distinct().collect()
    for dt in set(dates) - {str(row.dt) for row in left}:
        # A date that lost its last event keeps an empty file, so that readers find the folder of its partition.
        spark.createDataFrame([], silver_schema()).repartition(1).write.parquet(job.folder(f"merged/dt={dt}"))


def write_versions(
    spark: SparkSession, job: Job, winning: DataFrame, lost: DataFrame
) -> dict[str, dict[str, Any] | None]:
    """Writes the shards that change; returns the gaps in each."""
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
        # A shard that lost its last event keeps an empty file, or the next pass would read its folder before.
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
    """Silver's rows with dt, their own date, whatever folder they are in."""
    if not folders:
        return spark.createDataFrame([], silver_schema()).transform(transforms.with_dt)
    rows = spark.read.schema(silver_schema()).option("recursiveFileLookup", "true").parquet(*folders)
    return rows.transform(transforms.with_dt)


def read_versions(spark: SparkSession, job: Job, shards: set[str]) -> DataFrame:
    """The rows of these shards of the index of versions: event_id, dt."""
    folders = [job.versions[shard] for shard in sorted(shards & job.versions.keys())]
    return spark.read.schema(SCHEMA).json(folders) if folders else spark.createDataFrame([], SCHEMA)


def write_silver(events: DataFrame, folder: str) -> None:
    """Writes a date's rows to a few big files, however many passes added them."""
    balanced = events.sparkSession.sql("select /*+ rebalance(dt) */ * from {events}", events=events)
    balanced.sortWithinPartitions("dt", *SORTED_BY).write.partitionBy("dt").parquet(folder)


def session() -> SparkSession:
    return SparkSession.builder.appName("silver").config(map=SETTINGS).getOrCreate()
