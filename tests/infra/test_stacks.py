"""What the synthesised templates promise; the templates are those that get deployed."""

import json
from pathlib import Path
from typing import Any

import pytest

from glue.job.schemas import CATALOG, PARTITION_KEYS
from infra.config import STAGES, settings_of
from infra.deployment.api_package import PYTHON_VERSION
from infra.deployment.cloudformation import synthesise
from infra.local.log_delivery import LOGGER
from infra.local.settings import STAGE
from tests.faults.aws import event_source

Resources = dict[str, dict[str, Any]]
EACH_STAGE = pytest.mark.parametrize("stage", list(STAGES))


@pytest.fixture(scope="module")
def assembly() -> Path:
    return synthesise(STAGE)


def resources(assembly: Path, concern: str, kind: str) -> list[dict[str, Any]]:
    """Properties of a stack's resources of a kind."""
    template = json.loads((assembly / f"{settings_of(STAGE).stack_name(concern)}.template.json").read_text())
    return [r["Properties"] for r in template["Resources"].values() if r["Type"] == kind]


def every_resource(stage: str) -> list[tuple[str, dict[str, Any]]]:
    """Type and properties, of all stacks."""
    return [
        (found["Type"], found.get("Properties", {}))
        for file in synthesise(stage).glob("*.template.json")
        for found in json.loads(file.read_text())["Resources"].values()
    ]


def policy_statements(stage: str) -> list[dict[str, Any]]:
    """Of all roles."""
    policies = [properties for kind, properties in every_resource(stage) if kind == "AWS::IAM::Policy"]
    return [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]


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
    found = {name: catalog_columns(table["StorageDescriptor"]["Columns"]) for name, table in tables.items()}
    assert found == CATALOG
    assert [catalog_columns(table["PartitionKeys"]) for table in tables.values()] == [PARTITION_KEYS] * len(CATALOG)


def test_event_source_mapping_keeps_what_fails(assembly: Path) -> None:
    (mapping,) = resources(assembly, "ingest", "AWS::Lambda::EventSourceMapping")
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["BisectBatchOnFunctionError"] is True
    assert mapping["StartingPosition"] == "TRIM_HORIZON"
    assert "OnFailure" in mapping["DestinationConfig"]
    # The fault simulator's mapping is declared as this one is.
    found = [mapping[name] for name in ("BatchSize", "MaximumRetryAttempts", "MaximumRecordAgeInSeconds")]
    assert found == [event_source.BATCH_SIZE, event_source.RETRIES, event_source.MAX_AGE_S] == [1000, 10, 43_200]


def test_buckets_are_private_and_ask_for_tls(assembly: Path) -> None:
    buckets = resources(assembly, "lake", "AWS::S3::Bucket")
    policies = resources(assembly, "lake", "AWS::S3::BucketPolicy")
    assert len(buckets) == len(policies) == 2
    assert [set(bucket["PublicAccessBlockConfiguration"].values()) for bucket in buckets] == [{True}] * 2
    for policy in policies:
        denied = [s for s in policy["PolicyDocument"]["Statement"] if s["Effect"] == "Deny"]
        assert [s["Condition"] for s in denied] == [{"Bool": {"aws:SecureTransport": "false"}}]


def lake_bucket(assembly: Path) -> dict[str, Any]:
    """The one that holds the lake; the other takes its access log."""
    (bucket,) = (b for b in resources(assembly, "lake", "AWS::S3::Bucket") if "BucketName" in b)
    return bucket


def test_lake_is_encrypted_with_the_stages_key_and_tells_who_read_it(assembly: Path) -> None:
    bucket = lake_bucket(assembly)
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["BucketKeyEnabled"] is True
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert "todo-local-key" in json.dumps(rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"])
    assert bucket["LoggingConfiguration"]["DestinationBucketName"]


def test_key_rotates_and_logs_alone_use_it_by_its_policy(assembly: Path) -> None:
    (key,) = resources(assembly, "key", "AWS::KMS::Key")
    assert key["EnableKeyRotation"] is True
    services = [s["Principal"] for s in key["KeyPolicy"]["Statement"] if "Service" in s["Principal"]]
    assert [json.dumps(service).count("logs.") for service in services] == [1]


@EACH_STAGE
def test_whatever_can_be_encrypted_with_the_stages_key_is(stage: str) -> None:
    named = {
        "AWS::Logs::LogGroup": "KmsKeyId",
        "AWS::SecretsManager::Secret": "KmsKeyId",
        "AWS::CodeBuild::Project": "EncryptionKey",
    }
    found = [(kind, properties.get(named[kind])) for kind, properties in every_resource(stage) if kind in named]
    assert {kind for kind, _ in found} == named.keys()
    assert [kind for kind, key in found if "-key:Exports" not in json.dumps(key)] == []


@EACH_STAGE
def test_roles_use_the_key_only_through_the_service_that_keeps_their_data(stage: str) -> None:
    statements = [s for s in policy_statements(stage) if "kms:" in json.dumps(s["Action"])]
    assert len(statements) >= 8
    for statement in statements:
        assert set(listed(statement["Action"])) <= {"kms:Decrypt", "kms:GenerateDataKey"}
        service = statement["Condition"]["StringEquals"]["kms:ViaService"]["Fn::Join"][1][0]
        assert service in {"s3.", "secretsmanager."}


def test_functions_run_on_the_python_that_tests_them(assembly: Path) -> None:
    (function,) = resources(assembly, "ingest", "AWS::Lambda::Function")
    assert function["Runtime"] == f"python{PYTHON_VERSION}"


def test_lifecycle_never_expires_what_a_pass_reads(assembly: Path) -> None:
    bucket = lake_bucket(assembly)
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


@EACH_STAGE
def test_no_role_has_an_action_or_a_resource_that_ends_in_anything_at_all(stage: str) -> None:
    """Resources may end in a wildcard below a name of ours; actions are spelled out."""
    statements = policy_statements(stage)
    assert len(statements) > 10
    actions = {(action, str(s["Resource"])) for s in statements for action in listed(s["Action"])}
    assert not [action for action, _ in actions if "*" in action]
    assert {action for action, resource in actions if resource == "*"} == WIDE


@EACH_STAGE
def test_no_role_has_a_policy_of_awss_own(stage: str) -> None:
    roles = [properties for kind, properties in every_resource(stage) if kind == "AWS::IAM::Role"]
    assert len(roles) >= 5
    assert not [role for role in roles if role.get("ManagedPolicyArns")]


def listed(one_or_more: str | list[str]) -> list[str]:
    return [one_or_more] if isinstance(one_or_more, str) else one_or_more


@EACH_STAGE
def test_everything_that_can_be_tagged_is(stage: str) -> None:
    wanted = settings_of(stage).tags()
    for file in synthesise(stage).glob("*.template.json"):
        for name, found in json.loads(file.read_text())["Resources"].items():
            tags = found["Properties"].get("Tags") if "Properties" in found else None
            if isinstance(tags, list):
                assert {tag["Key"]: tag["Value"] for tag in tags} == wanted, name
            elif isinstance(tags, dict):
                assert tags == wanted, name


# What can not be computed or made again.
LASTING = {
    "AWS::Cognito::UserPool",
    "AWS::DynamoDB::Table",
    "AWS::KMS::Key",
    "AWS::S3::Bucket",
    "AWS::SecretsManager::Secret",
}


@EACH_STAGE
def test_only_production_outlives_its_stacks(stage: str) -> None:
    for kind in ("DeletionPolicy", "UpdateReplacePolicy"):
        kept = {
            found["Type"]
            for file in synthesise(stage).glob("*.template.json")
            for found in json.loads(file.read_text())["Resources"].values()
            if found.get(kind) == "Retain"
        }
        assert kept == (LASTING if stage == "production" else set())


@EACH_STAGE
def test_only_production_is_protected_from_deletion(stage: str) -> None:
    protected = {
        kind
        for kind, properties in every_resource(stage)
        if properties.get("DeletionProtectionEnabled") is True or properties.get("DeletionProtection") == "ACTIVE"
    }
    assert protected == ({"AWS::Cognito::UserPool", "AWS::DynamoDB::Table"} if stage == "production" else set())


def test_front_door_throttles_and_logs_no_path(assembly: Path) -> None:
    (stage,) = resources(assembly, "edge", "AWS::ApiGatewayV2::Stage")
    assert stage["StageName"] == "$default"
    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] == settings_of(STAGE).requests_per_second
    assert "path" not in json.dumps(stage["AccessLogSettings"]["Format"]).lower()


def test_request_lines_alone_are_delivered(assembly: Path) -> None:
    (subscription,) = resources(assembly, "api", "AWS::Logs::SubscriptionFilter")
    assert subscription["FilterPattern"] == f'{{ $.logger = "{LOGGER}" }}'


def catalog_columns(columns: list[dict[str, str]]) -> list[dict[str, str]]:
    return [{"Name": column["Name"], "Type": column["Type"]} for column in columns]
