import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from cdc_lambda import handler
from tests.support.records import KEY, TASK_ID, insert, modify, remove, task, text

BUCKET = "lake"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in {
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "DELIVERY_STREAM_NAME": "events",
        "USER_KEY_SECRET_ID": "user-key",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        boto3.client("secretsmanager").create_secret(Name="user-key", SecretString=KEY.decode())
        handler._wiring.cache_clear()
        yield
        handler._wiring.cache_clear()


def create_stream(bucket: str = BUCKET) -> None:
    boto3.client("firehose").create_delivery_stream(
        DeliveryStreamName="events",
        ExtendedS3DestinationConfiguration={
            "RoleARN": "arn:aws:iam::123456789012:role/delivery",
            "BucketARN": f"arn:aws:s3:::{bucket}",
            "Prefix": "bronze/",
        },
    )


def bronze() -> list[dict[str, Any]]:
    s3 = boto3.client("s3")
    found = s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])
    bodies = [s3.get_object(Bucket=BUCKET, Key=entry["Key"])["Body"].read() for entry in found]
    return [json.loads(line) for body in bodies for line in body.splitlines()]


def metrics_in(output: str) -> dict[str, float]:
    (line,) = [line for line in output.splitlines() if '"_aws"' in line]
    emf = json.loads(line)
    (directive,) = emf["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "TodoApi/CDC"
    assert directive["Dimensions"] == [["service"]]
    return {metric["Name"]: emf[metric["Name"]][0] for metric in directive["Metrics"]}


def batch() -> list[dict[str, Any]]:
    poison = task(3, **text(status="done"))
    technical = text(PK="INSIGHTS#x", SK="INSIGHT#mix", entity="insight")
    return [
        insert(task(), number=98),
        insert(technical, number=99),
        modify(task(2), poison, number=100),
        modify(task(3), task(4), number=101),
        remove(task(4), number=102),
    ]


@pytest.mark.usefixtures("aws")
def test_batch_with_poison_delivers_rest_and_reports_it(capsys: pytest.CaptureFixture[str]) -> None:
    create_stream()
    assert handler.handler({"Records": batch()}, None) == {"batchItemFailures": [{"itemIdentifier": "100"}]}
    assert [event["event_id"] for event in bronze()] == [f"task:{TASK_ID}:1", f"task:{TASK_ID}:4"]
    assert metrics_in(capsys.readouterr().out) == {
        "RecordsProcessed": 2,
        "RecordsFailed": 1,
        "ProcessingErrors": 1,
        "RecordsRefused": 0,
        "RecordsFiltered": 2,
        "RecordsFilteredTechnical": 1,
        "RecordsFilteredExpired": 0,
        "RecordsFilteredErased": 1,
    }


@pytest.mark.usefixtures("aws")
def test_batch_logs_no_line_per_record_and_no_value(caplog: pytest.LogCaptureFixture) -> None:
    create_stream()
    handler.handler({"Records": batch() * 20}, None)
    (record,) = caplog.records
    logged = str(vars(record))
    assert "after.status: enum" in logged
    assert [secret for secret in ("lawyer", "divorce", "private") if secret in logged] == []


@pytest.mark.usefixtures("aws")
def test_undeliverable_batch_is_reported_whole_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    records = [insert(task(version), number=number) for version, number in ((1, 9), (2, 10), (3, 11))]
    failed = handler.handler({"Records": records}, None)["batchItemFailures"]
    assert [failure["itemIdentifier"] for failure in failed] == ["9", "10", "11"]
    counted = metrics_in(capsys.readouterr().out)
    assert (counted["RecordsProcessed"], counted["RecordsFailed"], counted["ProcessingErrors"]) == (0, 3, 0)
