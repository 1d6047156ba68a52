"""Which versions of each entity silver holds, and under which dates. DataFrame in, DataFrame out.

A row per event: event_id, dt. Sharded by the first characters of the entity's id, which encode a task's creation time.
So a pass reads only the shards near the tasks it touches, however long history grows.
"""

from typing import Any, Final

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812  (Spark's own convention)

from glue.lake.versions import SHARD

SCHEMA: Final = "event_id string, dt date"
EXAMPLES: Final = 3


def with_shard(events: DataFrame) -> DataFrame:
    """An event's shard, as glue.lake.versions.shard_of names it."""
    shard = F.translate(F.regexp_replace("event_id", SHARD, "$1"), ":", "-")
    return events.select("event_id", "dt", shard.alias("shard"))


def elsewhere(fresh: DataFrame, known: DataFrame) -> list[str]:
    """The dates under which silver holds events that have now come with another date."""
    other = fresh.select("event_id", F.col("dt").alias("fresh_dt")).join(known, "event_id").filter("dt <> fresh_dt")
    return sorted(str(row.dt) for row in other.select("dt").distinct().collect())


def updated(known: DataFrame, winning: DataFrame, lost: DataFrame) -> DataFrame:
    """The known rows as they are after a pass, with their shard."""
    kept = known.select("event_id", "dt").join(lost.select("event_id"), "event_id", "left_anti")
    return kept.unionByName(winning.select("event_id", "dt")).transform(with_shard)


def gaps(versions: DataFrame) -> dict[str, dict[str, Any]]:
    """Per shard: how many entities lack a version up to their newest, how many versions, and a few of the tasks.

    Users are never among the examples, because the manifests that keep them outlive an erasure.
    """
    parts = F.split("event_id", ":")
    entity = F.concat_ws(":", parts[0], parts[1]).alias("entity")
    held = versions.select("shard", entity, parts[2].cast("long").alias("version"))
    lacking = held.groupBy("shard", "entity").agg((F.max("version") - F.count("*")).alias("missing"))
    tasks = F.collect_list(F.when(F.col("entity").startswith("task:"), F.col("entity")))
    found = (
        lacking.filter("missing > 0")
        .groupBy("shard")
        .agg(
            F.count("*").alias("gapped_entities"),
            F.sum("missing").alias("missing_versions"),
            F.slice(F.sort_array(tasks), 1, EXAMPLES).alias("examples"),
        )
    )
    return {row.shard: {k: v for k, v in row.asDict().items() if k != "shard"} for row in found.collect()}
