"""Each role may do what its part does on the wire, and nothing else.

The system runs with the emulator enforcing IAM: API and CDC function run under their roles in every test here, and the
steps of a pass under theirs in this one. What only AWS does in a role's name is listed, with AWS's page.
"""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from glue.lake import paths
from infra.local.environment import process_environment
from infra.packaging import ROOT, pipeline_folder
from infra.stacks.athena_rights import BUCKET_READS, CATALOG_READS, CATALOG_WRITES, OBJECT_WRITES
from infra.stacks.pipeline import SOURCE_BUCKET, SOURCE_OBJECT
from tests.infra.test_pipeline_stack import build_commands
from tests.pipeline import gold
from tests.pipeline.rights import ATTEMPT, Roles
from tests.pipeline.test_scheduled_steps import run
from tests.support.events import event, line
from tests.support.patience import SHORTLY
from tests.support.running import PASSWORD, ApiUser, RunningStack

TASKS = "/api/v1/tasks"
AS_OF = (datetime.now(UTC) + timedelta(days=25)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
SILVER = """
import os
from datetime import UTC, datetime
import boto3
from glue.lake import Lake, erasures, paths
from infra.local.glue_job import run_silver

erased_users = erasures.erased_users(boto3.client("dynamodb"), os.environ["TABLE_NAME"])
target = Lake(boto3.client("s3"), boto3.client("glue"), os.environ["LAKE_BUCKET"], os.environ["SILVER_DATABASE"])
print(run_silver(target, paths.pass_id_at(datetime.now(UTC)), erased_users=erased_users))
"""
BUILDS = {
    "BronzeRole": "Bronze", "GoldRole": "Gold", "MaintenanceRole": "Maintenance", "PublishRole": "Publish",
    "ReconcileRole": "Reconcile",
}  # fmt: skip
ASKING = ("GoldRole", "MaintenanceRole", "PublishRole", "ReconcileRole")


def use_the_api(stack: RunningStack, email: str) -> ApiUser:
    """Every kind of call that the API makes, by what its clients do."""
    user = stack.user(email)
    key = {"Idempotency-Key": "one"}
    task = user.call("POST", TASKS, 201, json={"title": "One", "due_date": "2026-12-24"}, headers=key)
    user.call("POST", TASKS, 201, json={"title": "One", "due_date": "2026-12-24"}, headers=key)
    user.call("PUT", f"{TASKS}/{task['id']}", 200, json={"status": "completed"}, headers={"Idempotency-Key": "two"})
    user.call("PATCH", f"{TASKS}/{task['id']}", 200, json={"priority": "high"})
    user.call("GET", f"{TASKS}/{task['id']}", 200)
    user.call("GET", f"{TASKS}?ordering=due_date", 200)
    user.call("GET", f"{TASKS}/changes", 200)
    user.call("GET", "/api/v1/users", 200)
    user.call("GET", "/api/v1/insights", 200)
    user.call("DELETE", f"{TASKS}/{task['id']}", 204)
    sign_in_on_the_page(stack, email)
    return user


def sign_in_on_the_page(stack: RunningStack, email: str) -> None:
    """As a browser does; its cookies are for TLS alone, but on loopback."""
    token = requests.get(stack.url("/login"), timeout=SHORTLY).cookies["csrftoken"]
    answer = requests.post(
        stack.url("/login"),
        data={"email": email, "password": PASSWORD, "csrfmiddlewaretoken": token, "next": "/dashboard"},
        headers={"Cookie": f"csrftoken={token}"},
        allow_redirects=False,
        timeout=SHORTLY,
    )
    assert (answer.status_code, answer.headers.get("Location")) == (302, "/dashboard")


def export_too_large_to_be_answered(stack: RunningStack, email: str) -> ApiUser:
    """A user of more than 4 MiB, whose export is a link to the lake's bucket, which is followed."""
    user = stack.user(email)
    create = {"action": "create", "task": {"title": "Long", "description": "\N{PARTY POPPER}" * 1000}}
    body = json.dumps({"commands": [create] * 15}, ensure_ascii=False).encode()
    for _ in range(72):
        user.call("POST", f"{TASKS}/batch", 200, data=body, headers={"Content-Type": "application/json"})
    exported = user.call("GET", "/api/v1/users/export", 200)
    assert len(exported["tasks"]) == 15 * 72
    return user


def leave_what_a_killed_pass_leaves(stack: RunningStack) -> None:
    """An object in a date's folder, a commit's file and a date, of a pass that nothing counts."""
    names, now = stack.environment, datetime.now(UTC)
    killed, today, tomorrow = paths.pass_id_at(now), f"{now:%Y-%m-%d}", f"{now + timedelta(days=1):%Y-%m-%d}"
    for key in (f"{paths.silver_folder(today, killed)}part-0", f"{paths.COMMITS}dt={today}/{killed}.json"):
        stack.client("s3").put_object(Bucket=names["LAKE_BUCKET"], Key=key, Body=b"")
    location = f"s3://{names['LAKE_BUCKET']}/{paths.silver_folder(tomorrow, killed)}"
    stack.client("glue").create_partition(
        DatabaseName=names["SILVER_DATABASE"],
        TableName="change_events",
        PartitionInput={"Values": [tomorrow], "StorageDescriptor": {"Location": location}},
    )


def leave_a_task_of_a_day_that_silver_has_not(stack: RunningStack, owner: str) -> None:
    """Created and deleted on that day; the owner will be erased."""
    now = datetime.now(UTC)
    day, user_key = f"{now - timedelta(days=90):%Y-%m-%d}", gold.user_ids(stack, "example.com")[owner]
    created = event(task=90, day=day, user_key=user_key)
    image = created["after"]
    deleted = event(90, 2, day, user_key=user_key, event_name="remove", before=image, after=image)
    key = f"{paths.BRONZE}dt={now:%Y-%m-%d}/hour={now:%H}/another-day"
    stack.client("s3").put_object(Bucket=stack.environment["LAKE_BUCKET"], Key=key, Body=line(created, deleted))


def erase_while_a_publication_is_under_way(stack: RunningStack, *users: ApiUser) -> None:
    """What was published of the users is there again once they are erased."""
    table, dynamodb = stack.environment["TABLE_NAME"], stack.client("dynamodb")
    pages = dynamodb.get_paginator("scan").paginate(TableName=table)
    published = [item for page in pages for item in page["Items"] if item["PK"]["S"].startswith("INSIGHTS#")]
    for user in users:
        user.erase()
    for item in published:
        dynamodb.put_item(TableName=table, Item=item)


@pytest.fixture(scope="module")
def roles(stack: RunningStack) -> Roles:
    """After all parts have done what they do: writes, a pass under its roles, an erasure, a pass that clears it."""
    roles = Roles(stack)
    folder, commands = pipeline_folder(), build_commands()

    def step(role: str) -> str:
        own = RunningStack({**stack.environment, **roles.session(role), "AS_OF": AS_OF})
        return run(own, folder, commands[BUILDS[role]])

    def silver() -> None:
        environment = process_environment({**stack.environment, **roles.session("SilverRole")})
        done = subprocess.run(
            [sys.executable, "-c", SILVER], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

    user = use_the_api(stack, "rights@example.com")
    large = export_too_large_to_be_answered(stack, "large@example.com")
    leave_a_task_of_a_day_that_silver_has_not(stack, "large")
    step("BronzeRole")
    silver()
    step("GoldRole")
    step("PublishRole")
    step("ReconcileRole")
    erase_while_a_publication_is_under_way(stack, user, large)
    leave_what_a_killed_pass_leaves(stack)
    step("BronzeRole")
    silver()
    step("PublishRole")
    step("MaintenanceRole")
    return roles


# What AWS does in a role's name, and no code of ours: role, actions, the page that says so.
LAMBDA = "https://docs.aws.amazon.com/lambda/latest/dg/"
KMS = "https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service"
LOGS = ("logs:CreateLogStream", "logs:PutLogEvents")
STREAM = ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
ATHENA = "https://docs.aws.amazon.com/athena/latest/ug/s3-permissions.html"
LAKE = ("s3:GetObject", *OBJECT_WRITES, *BUCKET_READS)
CATALOG = "https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html"
CODEBUILD = "https://docs.aws.amazon.com/codebuild/latest/userguide/setting-up-service-role.html"
GLUE = "https://docs.aws.amazon.com/glue/latest/dg/"
BY_AWS = (
    ("FunctionRole", LOGS, f"{LAMBDA}lambda-intro-execution-role.html"),
    ("FunctionRole", ("kms:Decrypt", "kms:GenerateDataKey"), KMS),
    ("CdcRole", LOGS, f"{LAMBDA}lambda-intro-execution-role.html"),
    ("CdcRole", tuple(f"dynamodb:{action}" for action in STREAM), f"{LAMBDA}with-ddb.html"),
    ("CdcRole", ("sqs:SendMessage",), f"{LAMBDA}services-dynamodb-errors.html"),
    ("CdcRole", ("kms:Decrypt",), KMS),
    ("BronzeRole", (*LOGS, *SOURCE_OBJECT, *SOURCE_BUCKET), CODEBUILD),
    ("BronzeRole", ("kms:Decrypt", "kms:GenerateDataKey"), KMS),
    (
        "SilverRole",
        (*LOGS, "logs:CreateLogGroup", "logs:AssociateKmsKey"),
        f"{GLUE}encryption-security-configuration.html",
    ),
    ("SilverRole", ("s3:AbortMultipartUpload", "s3:DeleteObject"), f"{GLUE}aws-glue-programming-etl-format.html"),
    ("SilverRole", ("kms:Decrypt", "kms:GenerateDataKey"), KMS),
    *((role, (*LOGS, *SOURCE_OBJECT, *SOURCE_BUCKET), CODEBUILD) for role in ASKING),
    *((role, ("kms:Decrypt", "kms:GenerateDataKey"), KMS) for role in ASKING),
    *((role, LAKE, ATHENA) for role in ASKING),
    *((role, CATALOG_READS, CATALOG) for role in ASKING),
    *((role, CATALOG_WRITES, CATALOG) for role in ("GoldRole", "MaintenanceRole")),
)
# https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
NEEDS_NO_RIGHT = "sts:GetCallerIdentity"
# Roles under which nothing of ours runs; their rights are those of the page.
OF_SERVICES = {
    "DeliveryRole": "https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html",
    "LogDeliveryRole": "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html",
    "PassRole": "https://docs.aws.amazon.com/step-functions/latest/dg/service-integration-iam-templates.html",
    "PassEventsRole": "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-identity-based.html",
    "ReconcileBuildEventsRole": "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-identity-based.html",
    "MaintenanceBuildEventsRole": "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-identity-based.html",
}
OURS = ("CdcRole", "FunctionRole", "SilverRole", *BUILDS)


def test_each_role_is_of_a_part_of_ours_or_of_a_service(roles: Roles) -> None:
    assert roles.names() == {*OURS, *OF_SERVICES}


@pytest.mark.parametrize("role", OURS)
def test_every_call_of_a_role_is_allowed_on_what_it_names(roles: Roles, role: str) -> None:
    rights = roles.rights(role)
    calls = {call for call in roles.calls(role) if call.action != NEEDS_NO_RIGHT}
    assert calls
    assert [call for call in sorted(calls) if not any(right.covers(call) for right in rights)] == []


@pytest.mark.parametrize("role", OURS)
def test_a_role_has_no_action_that_is_never_called(roles: Roles, role: str) -> None:
    by_aws = {action for of, actions, _page in BY_AWS if of == role for action in actions}
    allowed = {right.action for right in roles.rights(role)}
    assert allowed - {call.action for call in roles.calls(role)} - by_aws == set()
    assert by_aws <= allowed


def refused(stack: RunningStack, roles: Roles, role: str, service: str, operation: str, **request: Any) -> str:
    """The code with which a call under the role is refused."""
    client = RunningStack({**stack.environment, **roles.session(role, ATTEMPT)}).client(service)
    with pytest.raises(ClientError) as raised:
        getattr(client, operation)(**request)
    return str(raised.value.response["Error"]["Code"])


def test_a_role_is_refused_what_another_may(stack: RunningStack, roles: Roles) -> None:
    names = stack.environment
    item = {"PK": {"S": "USER#x"}, "SK": {"S": "x"}}
    lake = {"Bucket": names["LAKE_BUCKET"]}
    denied = [
        refused(stack, roles, "BronzeRole", "dynamodb", "put_item", TableName=names["TABLE_NAME"], Item=item),
        refused(stack, roles, "FunctionRole", "dynamodb", "delete_table", TableName=names["TABLE_NAME"]),
        refused(stack, roles, "FunctionRole", "s3", "get_object", Key="silver/stream_positions.json", **lake),
        refused(stack, roles, "FunctionRole", "s3", "list_objects_v2", Prefix="silver/", **lake),
        refused(stack, roles, "SilverRole", "s3", "put_object", Key="gold/x", Body=b"", **lake),
        refused(
            stack, roles, "PublishRole", "secretsmanager", "get_secret_value", SecretId=names["USER_KEY_SECRET_ID"]
        ),
    ]
    assert set(denied) <= {"AccessDenied", "AccessDeniedException"}
