"""Two versions of the event at once: what the next one, with one more optional column, would do to the lake."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame, Row, SparkSession

from cdc_lambda.change_event import to_line
from glue.job import transforms
from glue.job.schemas import CONTRACT, CONTRACTS, Contracts, silver_schema

HERE = Path(__file__).parent
NEXT = HERE / "next_version"
FIRST = HERE.parents[1] / "cdc_lambda" / "contract" / "samples"
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def both_versions() -> Contracts:
    """Today's contract, and one that adds an effort to a task."""
    following = copy.deepcopy(CONTRACT)
    following["properties"]["schema_version"]["const"] = 2
    following["definitions"]["image"]["properties"]["effort"] = {"type": "string", "enum": ["small", "large"]}
    return {**CONTRACTS, 2: following}


def load(path: Path) -> dict[str, Any]:
    sample: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return sample


def parsed(spark: SparkSession, folder: Path, *events: dict[str, Any], contracts: Contracts) -> DataFrame:
    place = folder / "bronze" / "change_events"
    place.mkdir(parents=True)
    (place / "mixed").write_bytes(b"".join(map(to_line, events)))
    text = spark.read.text(str(place)).transform(transforms.with_bronze_object)
    return transforms.parse(text, contracts)


def rows(lines: DataFrame, contracts: Contracts) -> dict[int, Row]:
    return {row.version: row for row in transforms.valid(lines, contracts).collect()}


def test_each_line_is_held_to_its_own_version(spark: SparkSession, tmp_path: Path) -> None:
    old = load(FIRST / "task_modify.pass.json")
    smuggled = {**old, "version": 100, "after": {**old["after"], "effort": "huge"}}
    new = {**load(NEXT / "task_with_effort.pass.json"), "version": 101}
    bad = {**load(NEXT / "unknown_effort.fail.json"), "version": 102}
    contracts = both_versions()
    lines = parsed(spark, tmp_path, old, smuggled, new, bad, contracts=contracts)
    found = rows(lines, contracts)
    assert {version: row.after.effort for version, row in found.items()} == {
        old["version"]: None,
        100: None,
        101: "large",
    }
    (refused,) = transforms.quarantined(lines, "pass").collect()
    assert refused.reason == "after.effort: missing, or not as the contract says"


def test_a_line_of_the_first_version_means_what_it_meant(spark: SparkSession, tmp_path: Path) -> None:
    old = [load(path) for path in sorted(FIRST.glob("*.pass.json"))]
    today = transforms.valid(parsed(spark, tmp_path / "today", *old, contracts=CONTRACTS)).orderBy("event_id")
    contracts = both_versions()
    later = transforms.valid(parsed(spark, tmp_path / "later", *old, contracts=contracts), contracts)
    without = later.withColumn("before", later.before.dropFields("effort"))
    without = without.withColumn("after", later.after.dropFields("effort")).orderBy("event_id")
    assert [row.asDict(recursive=True) for row in without.collect()] == [
        row.asDict(recursive=True) for row in today.collect()
    ]


def test_what_silver_holds_is_read_with_the_next_versions_columns(spark: SparkSession, tmp_path: Path) -> None:
    old = load(FIRST / "task_modify.pass.json")
    transforms.valid(parsed(spark, tmp_path, old, contracts=CONTRACTS)).write.parquet(str(tmp_path / "silver"))
    following = silver_schema(both_versions()[2])
    (row,) = spark.read.schema(following).parquet(str(tmp_path / "silver")).collect()
    assert (row.after.status, row.after.effort) == (old["after"]["status"], None)


def test_a_version_that_nobody_wrote_down_waits_in_quarantine(spark: SparkSession, tmp_path: Path) -> None:
    new = load(NEXT / "task_with_effort.pass.json")
    (refused,) = parsed(spark, tmp_path, new, contracts=CONTRACTS).transform(transforms.quarantined, "pass").collect()
    assert refused.reason == "schema_version: missing, or not as the contract says"
