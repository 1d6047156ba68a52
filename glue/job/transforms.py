"""Bronze's lines to silver's rows. DataFrame in, DataFrame out; no I/O, no clock."""

from typing import Any, Final

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812  (Spark's own convention)
from pyspark.sql.types import ArrayType, StructType

from glue.job import rules
from glue.job.schemas import CONTRACTS, Contracts, newest, silver_schema, wire_schema

BRONZE_OBJECT: Final = r"(bronze/change_events/.*)$"
LEDGER_KEY: Final = ("event_dt", "entity", "entity_id", "user_id")
# The backfill's sequence_number, in place of the stream's.
NO_SEQUENCE_NUMBER: Final = "0"


def with_bronze_object(text: DataFrame) -> DataFrame:
    """Text rows (value) as line, bronze_object (its key in the bucket). Skips empty lines."""
    return text.select(
        F.col("value").alias("line"),
        F.regexp_extract(F.input_file_name(), BRONZE_OBJECT, 1).alias("bronze_object"),
    ).filter(F.trim("line") != "")


def parse(lines: DataFrame, contracts: Contracts = CONTRACTS) -> DataFrame:
    """Lines as line, bronze_object, event (wire schema), reason (null where it fits the contract)."""
    # Inside an array, text after the object is an error, which plain from_json would ignore. And the optimizer
    # can't copy a generator into each of the rules, which would parse the line dozens of times.
    schema = ArrayType(wire_schema(newest(contracts)))
    objects = F.from_json(F.concat(F.lit("["), "line", F.lit("]")), schema)
    events = lines.select("line", "bronze_object", F.explode_outer(objects).alias("event"))
    return events.withColumn("reason", rules.reason(contracts))


def valid(parsed: DataFrame, contracts: Contracts = CONTRACTS) -> DataFrame:
    """The events that fit the contract, typed: silver's columns and dt."""
    events = parsed.filter("reason is null").select("event.*")
    wire, silver = wire_schema(newest(contracts)), silver_schema(newest(contracts))
    columns = [
        _typed(F.col(source.name), target.dataType, contracts, (source.name,)).alias(target.name)
        for source, target in zip(wire, silver, strict=True)
    ]
    return events.select(*columns).transform(with_dt)


def quarantined(parsed: DataFrame, pass_id: str) -> DataFrame:
    """The lines that don't fit the contract, as rows of the table quarantine."""
    return parsed.filter("reason is not null").select(
        "line", "reason", "bronze_object", F.lit(pass_id).alias("pass_id")
    )


def with_dt(events: DataFrame) -> DataFrame:
    """Adds the partition column: the date of occurred_at, in UTC."""
    return events.select("*", F.to_date("occurred_at").alias("dt"))


def dedupe(events: DataFrame) -> DataFrame:
    """The preferred row of each event_id over all dates, whatever the rows' order."""
    same_event = Window.partitionBy("event_id").orderBy(*_preference(events))
    return events.withColumn("rank", F.row_number().over(same_event)).filter("rank = 1").drop("rank")


def winners(fresh: DataFrame, existing: DataFrame) -> DataFrame:
    """The fresh rows, each event_id once, that silver takes in: new ones, and those preferred to what it has."""
    held = existing.join(fresh.select("event_id"), "event_id", "left_semi").withColumn("fresh", F.lit(0))
    rows = fresh.withColumn("fresh", F.lit(1)).unionByName(held)
    # Of equal rows, silver's own stays.
    same_event = Window.partitionBy("event_id").orderBy(*_preference(fresh), "fresh")
    ranked = rows.withColumn("rank", F.row_number().over(same_event))
    return ranked.filter("rank = 1 and fresh = 1").drop("rank", "fresh")


def losers(existing: DataFrame, winning: DataFrame, erased: list[str]) -> DataFrame:
    """The rows that silver gives up: those that a winner replaces, and those of erased users."""
    beaten = winning.select("event_id", F.lit(1).alias("beaten"))
    lost = existing.join(beaten, "event_id", "left")
    return lost.filter(F.col("beaten").isNotNull() | F.col("user_id").isin(erased)).drop("beaten")


def merge(winning: DataFrame, existing: DataFrame, lost: DataFrame) -> DataFrame:
    """What existing dates hold after the pass."""
    return existing.join(lost.select("event_id"), "event_id", "left_anti").unionByName(winning)


def ledger(winning: DataFrame, lost: DataFrame) -> DataFrame:
    """By how many events each changed date grows per entity: negative if it shrinks, 0 if rows were only replaced."""
    changes = winning.withColumn("n", F.lit(1)).unionByName(lost.withColumn("n", F.lit(-1)))
    counted = changes.withColumnRenamed("dt", "event_dt").groupBy(*LEDGER_KEY).agg(F.sum("n").alias("events"))
    return counted.select(*LEDGER_KEY, "events")


def _preference(events: DataFrame) -> list[Column]:
    """Prefers the stream's own event to a backfill's, then the smallest row."""
    columns = [name for name in events.columns if name != "dt"]
    return [F.col("sequence_number") == NO_SEQUENCE_NUMBER, F.struct(*columns)]


def _typed(column: Column, target: Any, contracts: Contracts, path: tuple[str, ...]) -> Column:
    if isinstance(target, StructType):
        fields = [
            _typed(column[field.name], field.dataType, contracts, (*path, field.name)).alias(field.name)
            for field in target
        ]
        return F.when(column.isNotNull(), F.struct(*fields))
    first = rules.since(contracts, path)
    # Ignores a property that the line's version doesn't have.
    known = column if first == min(contracts) else F.when(F.col("schema_version") >= first, column)
    return known.cast(target)
