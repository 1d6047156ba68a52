"""The deployed functions run under their roles, and the engines refuse what these do not allow."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from infra.deployment.probes.client import WrongResponse, new_user
from infra.local.roles import role_arns
from tests.deploy.operator import Operator
from tests.support.patience import SHORTLY

TASKS = "/api/v1/tasks"
DENIAL = "of a test"


@contextmanager
def denied(operator: Operator, construct: str, action: str) -> Iterator[None]:
    """While the role of a construct may no longer call the action."""
    iam = operator.client("iam")
    role = role_arns(operator.client("cloudformation"), iam)[construct].rpartition("/")[2]
    statement = {"Effect": "Deny", "Action": action, "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName=role, PolicyName=DENIAL, PolicyDocument=policy)
    try:
        yield
    finally:
        iam.delete_role_policy(RoleName=role, PolicyName=DENIAL)


def calls(operator: Operator) -> set[tuple[str, str]]:
    """Session and action of every call under a role so far."""
    log = (operator.folder / "deployed" / "logs" / "calls.ndjson").read_text()
    noted = [json.loads(line) for line in log.splitlines()]
    return {(call["caller"], call["action"]) for call in noted if ":assumed-role/" in call["caller"]}


@pytest.fixture
def variables(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The operator's, also for clients made in this process."""
    for name, value in operator.variables.items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER")
    return operator.variables


def test_the_api_may_only_what_its_role_may(operator: Operator, variables: dict[str, str]) -> None:
    with new_user(variables) as user:
        user.call("POST", TASKS, 201, {"title": "Allowed"})
        with denied(operator, "FunctionRole", "dynamodb:PutItem"), pytest.raises(WrongResponse, match="got 5"):
            user.call("POST", TASKS, 201, {"title": "Refused"})
        user.call("POST", TASKS, 201, {"title": "Allowed again"})
        assert len(user.json("GET", TASKS, 200)) == 2


def test_the_cdc_function_delivers_under_its_role(operator: Operator, variables: dict[str, str]) -> None:
    with new_user(variables) as user:
        user.call("POST", TASKS, 201, {"title": "Delivered"})
        deadline = time.monotonic() + SHORTLY
        while not (found := [of for of, action in calls(operator) if action == "firehose:PutRecordBatch"]):
            assert time.monotonic() < deadline
            time.sleep(0.1)
    assert all("CdcRole" in session for session in found)
