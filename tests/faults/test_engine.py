"""The model of silver's Spark against Spark itself: the same passes over a seed's bronze, the same silver."""

from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from glue import lake
from glue.silver import Job, Summary
from tests.faults import engine, world
from tests.faults.lake_checks import silver_rows
from tests.faults.plan import plan
from tests.faults.runtime import installed, living_in
from tests.faults.simulation import Simulation
from tests.unit.glue.lab import Lab

# py4j leaves its sockets to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
Pass = tuple[list[bytes], list[str], list[str], Summary]


def passes_of(seed: int, monkeypatch: pytest.MonkeyPatch) -> tuple[list[Pass], list[Any]]:
    """Each committed pass of a seed, with what it read and what the model made of it; and silver at the end."""
    done: dict[str, Pass] = {}
    model = engine.run

    def noting(bucket: Any, job: Job) -> Summary:
        summary = model(bucket, job)
        texts = [lake.plain(uri, bucket.objects[lake.key_of(uri)].body) for uri in job.bronze_objects]
        done[job.pass_id] = (texts, job.erased, job.to_clear, summary)
        return summary

    monkeypatch.setattr(engine, "run", noting)
    with installed(), living_in(world.World(seed)) as living:
        simulation = Simulation(living)
        for step in plan(seed):
            simulation.take(step)
        simulation.settle()
        committed = {
            key.rpartition("/")[2].removesuffix(".json") for key in living.bucket.objects if lake.MANIFESTS in key
        }
        rows = silver_rows(living)
    return [one for pass_id, one in sorted(done.items()) if pass_id in committed], rows


@pytest.mark.parametrize("seed", [15])
def test_model_makes_of_bronze_what_spark_makes(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    passes, rows = passes_of(seed, monkeypatch)
    assert len(passes) > 1
    lab = Lab(spark, tmp_path)
    for texts, erased, to_clear, expected in passes:
        summary = lab.run(*texts, erased=erased, to_clear=to_clear)
        assert summary.counts == expected.counts
        assert summary.gaps == expected.gaps
        assert summary.folders.keys() == expected.folders.keys()
    found = {row.event_id: row for row in lab.rows()}
    assert found.keys() == {row["event_id"] for row in rows}
    for row in rows:
        of_spark = found[row["event_id"]]
        same = (row["sequence_number"], row["version"], engine.date_of(row), row["after"].get("status"))
        assert (of_spark.sequence_number, of_spark.version, str(of_spark.dt), of_spark.after.status) == same
