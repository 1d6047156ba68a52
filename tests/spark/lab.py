"""Silver in a folder: bronze objects, passes, and what they leave."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pyspark.sql import Row, SparkSession

from glue.job.spark import read_silver, run
from glue.job.spec import Job, Summary
from glue.job.versions import SCHEMA


class Lab:
    """Runs passes one after the other; silver and versions say where each date and shard is."""

    def __init__(self, spark: SparkSession, folder: Path) -> None:
        self.spark = spark
        self.folder = folder
        self.silver: dict[str, str] = {}
        self.versions: dict[str, str] = {}
        self.gaps: dict[str, Any] = {}
        self.passes = 0

    def run(self, *objects: bytes, erased: Sequence[str] = (), to_clear: Sequence[str] = ()) -> Summary:
        self.passes += 1
        place = self.folder / str(self.passes)
        bronze = place / "bronze" / "change_events"
        bronze.mkdir(parents=True)
        paths = [bronze / f"{number}.ndjson" for number in range(len(objects))]
        for path, content in zip(paths, objects, strict=True):
            path.write_bytes(content)
        job = Job(
            bronze_objects=[path.as_uri() for path in paths],
            existing=dict(self.silver),
            output=(place / "output").as_uri(),
            quarantine=(place / "quarantine").as_uri(),
            pass_id=f"pass-{self.passes}",
            versions=dict(self.versions),
            erased=list(erased),
            to_clear=list(to_clear),
        )
        summary = run(self.spark, job)
        self.silver |= {dt: f"{job.output}/{folder}" for dt, folder in summary.folders.items()}
        self.versions |= {shard: f"{job.output}/versions/shard={shard}" for shard in summary.gaps}
        self.gaps |= summary.gaps
        return summary

    def rows(self) -> list[Row]:
        return read_silver(self.spark, list(self.silver.values())).orderBy("dt", "event_id").collect()

    def known(self) -> list[tuple[str, str]]:
        """The versions: event_id and date."""
        rows = self.spark.read.schema(SCHEMA).json(list(self.versions.values())).collect()
        return sorted((row.event_id, str(row.dt)) for row in rows)

    def ledger(self) -> list[dict[str, Any]]:
        parts = (self.folder / str(self.passes) / "output" / "ledger").glob("part-*")
        return [json.loads(text) for part in parts for text in part.read_text().splitlines()]
