"""A deployment goes on where another was broken off, whatever CloudFormation was at."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber
from moto import mock_aws

from infra.deployment.cloudformation import BOOTSTRAP_PARAMETER, Deployment

NAME = "todo-dev-table"
NAMED = {"StackName": NAME}
ARTIFACTS = {
    NAME: {"type": "aws:cloudformation:stack", "properties": {"stackTemplateAssetObjectUrl": "s3://none/none"}}
}
REQUEST = {**NAMED, "TemplateBody": ANY, "Capabilities": ANY, "StackPolicyBody": ANY, "Tags": ANY}


@pytest.fixture
def deployment(tmp_path: Path) -> Iterator[Deployment]:
    """Of one stack without a resource, in an account that was bootstrapped."""
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": ARTIFACTS}))
    (tmp_path / f"{NAME}.assets.json").write_text(json.dumps({"files": {}}))
    (tmp_path / f"{NAME}.template.json").write_text(json.dumps({"Resources": {}}))
    with mock_aws():
        session = boto3.Session()
        session.client("ssm").put_parameter(Name=BOOTSTRAP_PARAMETER, Value="21", Type="String")
        yield Deployment(session, tmp_path)


def described(status: str) -> dict[str, Any]:
    return {"Stacks": [{**NAMED, "StackStatus": status, "CreationTime": datetime(2026, 1, 5, tzinfo=UTC)}]}


def tell(stub: Stubber, *statuses: str) -> None:
    """What each next question about the stack is answered; empty: that there is none."""
    for status in statuses:
        if status:
            stub.add_response("describe_stacks", described(status), NAMED)
        else:
            stub.add_client_error("describe_stacks", "ValidationError", f"Stack with id {NAME} does not exist", 400)


def test_an_update_under_way_is_waited_for(deployment: Deployment) -> None:
    with Stubber(deployment.cloudformation) as stub:
        tell(stub, "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE")
        stub.add_response("update_stack", {}, REQUEST)
        tell(stub, "UPDATE_COMPLETE")
        assert deployment.run([NAME]) == [NAME]
        stub.assert_no_pending_responses()


def test_a_creation_that_failed_is_taken_out_and_begun_anew(deployment: Deployment) -> None:
    with Stubber(deployment.cloudformation) as stub:
        tell(stub, "ROLLBACK_IN_PROGRESS", "ROLLBACK_COMPLETE", "ROLLBACK_COMPLETE")
        stub.add_response("delete_stack", {}, NAMED)
        tell(stub, "")
        stub.add_response("create_stack", {}, REQUEST)
        tell(stub, "CREATE_COMPLETE")
        assert deployment.run([NAME]) == [NAME]
        stub.assert_no_pending_responses()


def test_a_deletion_waits_for_what_is_under_way(deployment: Deployment) -> None:
    with Stubber(deployment.cloudformation) as stub:
        tell(stub, "CREATE_IN_PROGRESS", "CREATE_COMPLETE")
        stub.add_response("delete_stack", {}, NAMED)
        tell(stub, "")
        assert deployment.delete(NAME)
        stub.assert_no_pending_responses()
