"""Every sample passes or fails in each place that reads events."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812  (Spark's own convention)

from cdc_lambda.change_event import CONTRACT, to_line
from glue.job import transforms

SAMPLES = Path(__file__).resolve().parents[2] / "cdc_lambda" / "contract" / "samples"
PASSING = sorted(SAMPLES.glob("*.pass.json"))
FAILING = sorted(SAMPLES.glob("*.fail.json"))
# Silver has no place for a field it doesn't know; keeping the line in quarantine would keep what leaked.
DROPPED_IN_SILVER = {"email_leaks.fail.json", "title_leaks.fail.json"}
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def load(path: Path) -> dict[str, Any]:
    sample: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return sample


@pytest.mark.parametrize("path", PASSING, ids=lambda path: path.name)
def test_passing_sample_fits_the_contract(path: Path) -> None:
    assert jsonschema_rs.validator_for(CONTRACT, validate_formats=False).is_valid(load(path))
    assert list(jsonschema.Draft7Validator(CONTRACT).iter_errors(load(path))) == []


@pytest.mark.parametrize("path", FAILING, ids=lambda path: path.name)
def test_failing_sample_breaks_the_contract(path: Path) -> None:
    assert not jsonschema_rs.validator_for(CONTRACT, validate_formats=False).is_valid(load(path))
    assert not jsonschema.Draft7Validator(CONTRACT).is_valid(load(path))


def test_silver_takes_the_passing_samples_and_quarantines_the_failing(spark: SparkSession, tmp_path: Path) -> None:
    folder = tmp_path / "bronze" / "change_events"
    folder.mkdir(parents=True)
    for path in (*PASSING, *FAILING):
        (folder / path.name).write_bytes(to_line(load(path)))
    text = spark.read.text(str(folder)).transform(transforms.with_bronze_object)
    reasons = {row.bronze_object: row.reason for row in text.transform(transforms.parse).collect()}
    by_name = {key.rpartition("/")[2]: reason for key, reason in reasons.items()}
    accepted = {name for name, reason in by_name.items() if reason is None}
    assert accepted == {path.name for path in PASSING} | DROPPED_IN_SILVER


def test_silver_keeps_every_value_of_the_passing_samples(spark: SparkSession, tmp_path: Path) -> None:
    folder = tmp_path / "bronze" / "change_events"
    folder.mkdir(parents=True)
    samples = [load(path) for path in PASSING]
    (folder / "all").write_bytes(b"".join(map(to_line, samples)))
    text = spark.read.text(str(folder)).transform(transforms.with_bronze_object)
    rows = text.transform(transforms.parse).transform(transforms.valid)
    iso = {"timestampFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSX", "dateFormat": "yyyy-MM-dd"}
    texts = rows.select(F.to_json(F.struct(*rows.drop("dt").columns), iso).alias("text")).collect()
    found = sorted((json.loads(row.text) for row in texts), key=lambda one: str(one["event_id"]))
    expected = [{name: value for name, value in sample.items() if value is not None} for sample in samples]
    for sample in expected:
        sample["user_id"] = sample.pop("user_key")
    assert found == sorted(expected, key=lambda one: str(one["event_id"]))
