"""Bronze's lines to silver's rows: DataFrame in, DataFrame out, no I/O and no clock."""

from collections.abc import Iterator
from functools import reduce
from typing import Any, Final

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812  (Spark's own convention)
from pyspark.sql.types import ArrayType, StructType

from glue.schemas import CONTRACT, resolve, silver_schema, wire_schema

BRONZE_OBJECT: Final = r"(bronze/change_events/.*)$"
LEDGER_KEY: Final = ("event_dt", "entity", "entity_id", "user_id")


def with_bronze_object(text: DataFrame) -> DataFrame:
    """Text rows (value) as lines: line, bronze_object (its key in the bucket). Empty lines are none."""
    return text.select(
        F.col("value").alias("line"),
        F.regexp_extract(F.input_file_name(), BRONZE_OBJECT, 1).alias("bronze_object"),
    ).filter(F.trim("line") != "")


def parse(lines: DataFrame) -> DataFrame:
    """Lines as line, bronze_object, event (wire schema), reason (null where it fits the contract)."""
    # Inside an array, text after the object is an error; from_json alone would drop it silently. And the
    # optimizer can't copy a generator into each of the rules, to parse the line dozens of times.
    objects = F.from_json(F.concat(F.lit("["), "line", F.lit("]")), ArrayType(wire_schema()))
    events = lines.select("line", "bronze_object", F.explode_outer(objects).alias("event"))
    return events.withColumn("reason", _reason())


def valid(parsed: DataFrame) -> DataFrame:
    """The events that fit the contract, typed: silver's columns and dt."""
    return parsed.filter("reason is null").select("event.*").transform(typed)


def quarantined(parsed: DataFrame, pass_id: str) -> DataFrame:
    """The other lines, as rows of the table quarantine."""
    return parsed.filter("reason is not null").select(
        "line", "reason", "bronze_object", F.lit(pass_id).alias("pass_id")
    )


def typed(events: DataFrame) -> DataFrame:
    """Wire events as silver's columns, in order, and dt."""
    columns = [
        _typed(F.col(wire.name), silver.dataType).alias(silver.name)
        for wire, silver in zip(wire_schema(), silver_schema(), strict=True)
    ]
    return events.select(*columns).transform(with_dt)


def with_dt(events: DataFrame) -> DataFrame:
    """Adds the partition column: the date of occurred_at, in UTC."""
    return events.select(*silver_schema().names, F.to_date("occurred_at").alias("dt"))


def dedupe(events: DataFrame) -> DataFrame:
    """One row per event_id, sorted by dt and event_id. The smallest wins, whatever the rows' order."""
    same_event = Window.partitionBy("dt", "event_id").orderBy(F.struct(*silver_schema().names))
    return (
        events.withColumn("rank", F.row_number().over(same_event))
        .filter("rank = 1")
        .sortWithinPartitions("dt", "event_id")
        .select(*silver_schema().names, "dt")
    )


def merge(fresh: DataFrame, existing: DataFrame) -> DataFrame:
    """Fresh and existing rows of the same dates as one."""
    return dedupe(fresh.unionByName(existing))


def ledger(fresh: DataFrame, existing: DataFrame) -> DataFrame:
    """The events that existing doesn't have, counted: event_dt, entity, entity_id, user_id, events."""
    new = fresh.join(existing.select("dt", "event_id"), ["dt", "event_id"], "left_anti")
    return (
        new.withColumnRenamed("dt", "event_dt")
        .groupBy(*LEDGER_KEY)
        .agg(F.count("*").alias("events"))
        .select(*LEDGER_KEY, "events")
    )


def _typed(column: Column, target: Any) -> Column:
    if not isinstance(target, StructType):
        return column.cast(target)
    fields = [_typed(column[field.name], field.dataType).alias(field.name) for field in target]
    return F.when(column.isNotNull(), F.struct(*fields))


def _reason() -> Column:
    """Why a line is no event of the contract: the first rule it breaks, or null."""
    octets = F.col("line").cast("binary")
    unreadable = [
        F.when(F.encode(F.decode(octets, "UTF-8"), "UTF-8") != octets, "not UTF-8"),
        F.when(F.col("event").isNull(), "not one JSON object"),
    ]
    return F.coalesce(*unreadable, *_violations(F.col("event"), CONTRACT))


def _violations(owner: Column, spec: dict[str, Any], path: str = "") -> Iterator[Column]:
    """For each of an object's properties: the text of its rule where a row breaks it, else null."""
    for name, part in spec["properties"].items():
        column, label, rule = owner[name], f"{path}{name}", resolve(part)
        optional = _nullable(part) or name not in spec["required"]
        fits = F.when(column.isNotNull(), _fits(column, rule))
        yield F.when(~F.coalesce(fits, F.lit(optional)), f"{label}: missing, or not as the contract says")
        if rule["type"] == "object":
            # The rules of an image apply where there is one.
            yield F.when(column.isNotNull(), F.coalesce(*_violations(column, rule, f"{label}.")))


def _nullable(part: dict[str, Any]) -> bool:
    return "null" in part.get("type", ()) or any(branch.get("type") == "null" for branch in part.get("oneOf", ()))


def _fits(column: Column, rule: dict[str, Any]) -> Column:
    """Whether a value keeps its property's own rules."""
    tests = [F.lit(True)]
    if "const" in rule:
        tests.append(column == rule["const"])
    if "enum" in rule:
        tests.append(column.isin(rule["enum"]))
    if "minimum" in rule:
        tests.append(column >= rule["minimum"])
    if "maxLength" in rule:
        tests.append(F.length(column) <= rule["maxLength"])
    if "pattern" in rule:
        # Java's $ also matches before a last newline.
        tests.append(column.rlike(rule["pattern"].removesuffix("$") + r"\z"))
    if rule.get("format") in ("date", "date-time"):
        kind = "date" if rule["format"] == "date" else "timestamp"
        tests.append(column.cast(kind).isNotNull())
    return reduce(lambda first, other: first & other, tests)
