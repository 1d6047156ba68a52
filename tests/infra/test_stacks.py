"""What the synthesised templates promise; the templates are those that get deployed."""

import json
from pathlib import Path
from typing import Any

import pytest

from glue.schemas import CATALOGUE, PARTITION_KEYS
from infra.config import settings_of
from infra.deployment.cloudformation import synthesise
from infra.local.settings import STAGE

Resources = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def assembly() -> Path:
    return synthesise(STAGE)


def resources(assembly: Path, concern: str, kind: str) -> list[dict[str, Any]]:
    """Properties of a stack's resources of a kind."""
    template = json.loads((assembly / f"{settings_of(STAGE).stack_name(concern)}.template.json").read_text())
    return [r["Properties"] for r in template["Resources"].values() if r["Type"] == kind]


def test_table_streams_both_images_and_expires_by_its_attribute(assembly: Path) -> None:
    (table,) = resources(assembly, "table", "AWS::DynamoDB::Table")
    assert table["TableName"] == "todo-app-data"
    assert table["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["BillingMode"] == "PAY_PER_REQUEST"


def test_table_has_only_the_indexes_that_routes_read(assembly: Path) -> None:
    (table,) = resources(assembly, "table", "AWS::DynamoDB::Table")
    keys = {i["IndexName"]: [k["AttributeName"] for k in i["KeySchema"]] for i in table["GlobalSecondaryIndexes"]}
    assert keys == {"by_updated_at": ["PK", "updated_at"], "by_due_date": ["PK", "due_date"]}


def test_silver_tables_have_the_contracts_columns(assembly: Path) -> None:
    tables = {t["TableInput"]["Name"]: t["TableInput"] for t in resources(assembly, "lake", "AWS::Glue::Table")}
    found = {name: catalogue_columns(table["StorageDescriptor"]["Columns"]) for name, table in tables.items()}
    assert found == CATALOGUE
    assert [catalogue_columns(table["PartitionKeys"]) for table in tables.values()] == [PARTITION_KEYS] * len(CATALOGUE)


def test_event_source_mapping_keeps_what_fails(assembly: Path) -> None:
    (mapping,) = resources(assembly, "ingest", "AWS::Lambda::EventSourceMapping")
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["BisectBatchOnFunctionError"] is True
    assert mapping["StartingPosition"] == "TRIM_HORIZON"
    assert mapping["MaximumRetryAttempts"] == 10
    assert "OnFailure" in mapping["DestinationConfig"]


def test_bucket_is_private_and_asks_for_tls(assembly: Path) -> None:
    (bucket,) = resources(assembly, "lake", "AWS::S3::Bucket")
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    (policy,) = resources(assembly, "lake", "AWS::S3::BucketPolicy")
    denied = [s for s in policy["PolicyDocument"]["Statement"] if s["Effect"] == "Deny"]
    assert [s["Condition"] for s in denied] == [{"Bool": {"aws:SecureTransport": "false"}}]


def test_lifecycle_never_expires_what_a_pass_reads(assembly: Path) -> None:
    (bucket,) = resources(assembly, "lake", "AWS::S3::Bucket")
    expiring = [r for r in bucket["LifecycleConfiguration"]["Rules"] if "ExpirationInDays" in r]
    prefixes = {r.get("Prefix"): r["ExpirationInDays"] for r in expiring if not r.get("TagFilters")}
    kept_a_month = dict.fromkeys(("bronze/", "silver/quarantine/", "silver/commits/"), 30)
    assert prefixes == {**kept_a_month, "silver/work/": 1, "athena-results/": 7, "exports/": 1}


def catalogue_columns(columns: list[dict[str, str]]) -> list[dict[str, str]]:
    return [{"Name": column["Name"], "Type": column["Type"]} for column in columns]
