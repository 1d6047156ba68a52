"""What the synthesised templates promise; the templates are those that get deployed."""

import json
from pathlib import Path
from typing import Any

import pytest

from glue.schemas import CATALOGUE, PARTITION_KEYS
from infra.config import settings_of
from infra.deployment.cloudformation import synthesise
from infra.local.log_delivery import LOGGER
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


# Where AWS knows nothing narrower: DynamoDB's list of streams, metrics (a condition names their namespace), the
# delivery of a state machine's log
# (https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html) and its traces
# (https://docs.aws.amazon.com/step-functions/latest/dg/xray-iam.html).
WIDE = {
    "cloudwatch:PutMetricData",
    "dynamodb:ListStreams",
    "logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:UpdateLogDelivery",
    "xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments",
}  # fmt: skip


@pytest.mark.parametrize("stage", ["local", "dev", "production"])
def test_no_role_has_an_action_or_a_resource_that_ends_in_anything_at_all(stage: str) -> None:
    """Resources may end in a wildcard below a name of ours; actions are spelled out."""
    folder = synthesise(stage)
    statements = [
        statement
        for file in folder.glob("*.template.json")
        for found in json.loads(file.read_text())["Resources"].values()
        if found["Type"] == "AWS::IAM::Policy"
        for statement in found["Properties"]["PolicyDocument"]["Statement"]
    ]
    assert len(statements) > 10
    actions = {(action, str(s["Resource"])) for s in statements for action in listed(s["Action"])}
    assert not [action for action, _ in actions if "*" in action]
    assert {action for action, resource in actions if resource == "*"} == WIDE


@pytest.mark.parametrize("stage", ["local", "dev", "production"])
def test_no_role_has_a_policy_of_awss_own(stage: str) -> None:
    roles = [
        found["Properties"]
        for file in synthesise(stage).glob("*.template.json")
        for found in json.loads(file.read_text())["Resources"].values()
        if found["Type"] == "AWS::IAM::Role"
    ]
    assert len(roles) >= 5
    assert not [role for role in roles if role.get("ManagedPolicyArns")]


def listed(one_or_more: str | list[str]) -> list[str]:
    return [one_or_more] if isinstance(one_or_more, str) else one_or_more


@pytest.mark.parametrize("stage", ["local", "dev", "production"])
def test_everything_that_can_be_tagged_is(stage: str) -> None:
    wanted = settings_of(stage).tags()
    for file in synthesise(stage).glob("*.template.json"):
        for name, found in json.loads(file.read_text())["Resources"].items():
            tags = found["Properties"].get("Tags") if "Properties" in found else None
            if isinstance(tags, list):
                assert {tag["Key"]: tag["Value"] for tag in tags} == wanted, name
            elif isinstance(tags, dict):
                assert tags == wanted, name


@pytest.mark.parametrize("stage", ["local", "dev", "production"])
def test_only_production_outlives_its_stacks(stage: str) -> None:
    kept = {
        found["Type"]
        for file in synthesise(stage).glob("*.template.json")
        for found in json.loads(file.read_text())["Resources"].values()
        if found.get("DeletionPolicy") == "Retain"
    }
    lasting = {"AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::Cognito::UserPool", "AWS::SecretsManager::Secret"}
    assert kept == (lasting if stage == "production" else set())


def test_front_door_throttles_and_logs_no_path(assembly: Path) -> None:
    (stage,) = resources(assembly, "edge", "AWS::ApiGatewayV2::Stage")
    assert stage["StageName"] == "$default"
    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] == settings_of(STAGE).requests_per_second
    assert "path" not in json.dumps(stage["AccessLogSettings"]["Format"]).lower()


def test_request_lines_alone_are_delivered(assembly: Path) -> None:
    (subscription,) = resources(assembly, "api", "AWS::Logs::SubscriptionFilter")
    assert subscription["FilterPattern"] == f'{{ $.logger = "{LOGGER}" }}'


def catalogue_columns(columns: list[dict[str, str]]) -> list[dict[str, str]]:
    return [{"Name": column["Name"], "Type": column["Type"]} for column in columns]
