"""No deployment replaces what a production stage keeps."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import botocore.session
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from infra.deployment.cloudformation import Deployment, synthesise
from tests.support.endpoint import REGION, Endpoint

BUCKET = {"Fn::Join": ["", ["todo-lake-production-", {"Ref": "AWS::AccountId"}, "-", {"Ref": "AWS::Region"}]]}
KEY = [{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}]
# A change of a name or of a property here makes CloudFormation create another resource, empty, beside the one in use.
KEPT: dict[str, dict[str, Any]] = {
    "AccessLogs8B620ECA": {},
    "Bucket83908E77": {"BucketName": BUCKET},
    "Key961B73FD": {},
    "TableCD117FA1": {"TableName": "todo-app-data", "KeySchema": KEY},
    "UserKeySecret13BDA205": {},
    "UserPool6BA7E5F2": {},
}


def retained(stage: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for file in synthesise(stage).glob("*.template.json"):
        for logical_id, found in json.loads(file.read_text())["Resources"].items():
            if found.get("UpdateReplacePolicy") == "Retain":
                yield logical_id, found


def fixed_at_creation(kind: str) -> list[str]:
    """The properties of a type of resource that CloudFormation changes only by replacing the resource."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, kind).schema
    lists = [schema.get(name) or [] for name in ("createOnlyProperties", "conditionalCreateOnlyProperties")]
    return [path.removeprefix("/properties/") for paths in lists for path in paths]


def test_what_production_keeps_has_the_names_and_keys_it_was_created_with() -> None:
    found = {
        logical_id: {
            name: resource["Properties"][name]
            for name in fixed_at_creation(resource["Type"])
            if name in resource["Properties"]
        }
        for logical_id, resource in retained("production")
    }
    assert found == KEPT


def test_two_syntheses_make_the_same_templates(tmp_path: Path) -> None:
    """Else a second deployment would change something."""
    subprocess.run([sys.executable, "-m", "infra.app", "production", str(tmp_path)], check=True)
    first = {file.name: file.read_bytes() for file in synthesise("production").glob("*.template.json")}
    assert {file.name: file.read_bytes() for file in tmp_path.glob("*.template.json")} == first


QUEUE = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "kept"}, "UpdateReplacePolicy": "Retain"}


def test_stack_of_a_deployment_keeps_what_its_template_retains(endpoint: Endpoint, tmp_path: Path) -> None:
    """CloudFormation enforces the policy; the emulator only stores it."""
    (tmp_path / "config").write_text(f"[default]\nendpoint_url = {endpoint.emulator}\n")
    configured = botocore.session.Session()
    configured.set_config_variable("config_file", str(tmp_path / "config"))
    session = boto3.Session("test", "test", region_name=REGION, botocore_session=configured)
    session.client("ssm").put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Value="21", Type="String")
    stack = {"type": "aws:cloudformation:stack", "properties": {"stackTemplateAssetObjectUrl": ""}}
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": {"keeping": stack}}))
    (tmp_path / "keeping.assets.json").write_text('{"files": {}}')
    plain = {"Type": "AWS::SQS::Queue"}
    (tmp_path / "keeping.template.json").write_text(json.dumps({"Resources": {"Kept": QUEUE, "Plain": plain}}))
    deployment = Deployment(session, tmp_path)
    assert deployment.run(["keeping"]) == ["keeping"]
    body = session.client("cloudformation").get_stack_policy(StackName="keeping")["StackPolicyBody"]
    denied = [statement for statement in json.loads(body)["Statement"] if statement["Effect"] == "Deny"]
    assert [(statement["Action"], statement["Resource"]) for statement in denied] == [
        (["Update:Replace", "Update:Delete"], ["LogicalResourceId/Kept"])
    ]
    assert deployment.run(["keeping"]) == []
