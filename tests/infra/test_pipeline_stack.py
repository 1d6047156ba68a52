"""The scheduled pass on AWS takes the laptop's steps in their order, tries each again, and tells when it fails."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.config import settings_of
from infra.deployment.cloudformation import synthesise
from infra.packaging import names_in, pipeline_folder
from infra.pipeline_steps import STEPS

Resource = dict[str, Any]


def resources(stage: str, kind: str) -> dict[str, Resource]:
    folder = synthesise(stage)
    template = json.loads((folder / f"{settings_of(stage).stack_name('pipeline')}.template.json").read_text())
    return {name: found["Properties"] for name, found in template["Resources"].items() if found["Type"] == kind}


@pytest.fixture(scope="module")
def machine() -> dict[str, Any]:
    """The state machine's definition; what CloudFormation fills in is written as `?`."""
    (found,) = resources("production", "AWS::StepFunctions::StateMachine").values()
    parts = found["DefinitionString"]["Fn::Join"][1]
    definition: dict[str, Any] = json.loads("".join(part if isinstance(part, str) else "?" for part in parts))
    return definition


def followed(machine: dict[str, Any], state: str | None) -> Iterator[str]:
    while state:
        yield state
        state = machine["States"][state].get("Next")


def test_a_pass_takes_the_laptops_steps_in_their_order(machine: dict[str, Any]) -> None:
    (alone,) = machine["States"]["Alone?"]["Choices"]
    assert tuple(followed(machine, alone["Next"])) == STEPS


def test_a_pass_that_finds_another_ends(machine: dict[str, Any]) -> None:
    assert list(followed(machine, machine["StartAt"])) == ["Look for another pass", "Alone?"]
    (alone,) = machine["States"]["Alone?"]["Choices"]
    assert (alone["Variable"], alone["IsPresent"]) == ("$.Executions[1]", False)
    assert machine["States"][machine["States"]["Alone?"]["Default"]]["Type"] == "Succeed"


@pytest.mark.parametrize("step", STEPS)
def test_a_step_is_waited_for_tried_again_with_jitter_and_told_of(machine: dict[str, Any], step: str) -> None:
    state = machine["States"][step]
    assert state["Resource"].endswith(".sync")
    (retry,) = state["Retry"]
    assert (retry["MaxAttempts"], retry["JitterStrategy"]) == (2, "FULL")
    (caught,) = state["Catch"]
    assert caught["ErrorEquals"] == ["States.ALL"]
    told, failed = followed(machine, caught["Next"])
    assert machine["States"][told]["Resource"].endswith("sns:publish")
    assert machine["States"][failed]["Type"] == "Fail"


@pytest.mark.parametrize(("stage", "state"), [("local", "DISABLED"), ("dev", "ENABLED"), ("production", "ENABLED")])
def test_passes_start_by_the_clock(stage: str, state: str) -> None:
    rules = resources(stage, "AWS::Events::Rule").values()
    schedules = sorted((rule["ScheduleExpression"], rule["State"]) for rule in rules)
    assert schedules == [("cron(15 2 * * ? *)", state), ("cron(30 3 ? * SUN *)", state), ("rate(1 hour)", state)]


def build_commands() -> dict[str, str]:
    """Each project's command, by the first word of the project's name."""
    commands = {}
    for name, project in resources("production", "AWS::CodeBuild::Project").items():
        spec = json.loads(project["Source"]["BuildSpec"])
        (commands[name.partition("Build")[0]],) = spec["phases"]["build"]["commands"]
    return commands


@pytest.mark.parametrize(
    ("build", "action"),
    [
        ("Bronze", "dynamodb:DescribeStream"),
        ("Gold", "glue:UpdateTable"),
        ("Maintenance", "athena:StartQueryExecution"),
        ("Publish", "dynamodb:PutItem"),
        ("Publish", "cloudwatch:PutMetricData"),
        ("Reconcile", "cognito-idp:ListUsers"),
        ("Reconcile", "cloudwatch:PutMetricData"),
    ],
)
def test_a_builds_role_has_the_rights_of_its_command(build: str, action: str) -> None:
    policies = resources("production", "AWS::IAM::Policy")
    (policy,) = [found for name, found in policies.items() if name.startswith(f"{build}Role")]
    statements = policy["PolicyDocument"]["Statement"]
    actions = [a for s in statements for a in ([s["Action"]] if isinstance(s["Action"], str) else s["Action"])]
    assert action in actions


def test_builds_run_these_commands() -> None:
    assert build_commands() == {
        "Bronze": "python manage.py waitforbronze",
        "Gold": "dbt --no-use-colors build --exclude-resource-type unit_test --project-dir analytics_dbt"
        " --profiles-dir analytics_dbt",
        "Publish": 'python manage.py publish --as-of "$AS_OF"',
        "Reconcile": "python manage.py reconcile",
        "Maintenance": "dbt --no-use-colors run-operation maintain --project-dir analytics_dbt"
        " --profiles-dir analytics_dbt",
    }


def test_builds_have_the_rights_that_are_asked_for_them() -> None:
    """A project hands out its role in a form that drops whatever is added to it."""
    actions: dict[str, set[str]] = {}
    for name, policy in resources("production", "AWS::IAM::Policy").items():
        for statement in policy["PolicyDocument"]["Statement"]:
            found = statement["Action"]
            actions.setdefault(name.partition("Role")[0], set()).update([found] if isinstance(found, str) else found)
    assert "dynamodb:GetRecords" in actions["Bronze"]
    assert {"athena:StartQueryExecution", "glue:CreateTable", "s3:DeleteObject"} <= actions["Gold"]
    assert {"athena:StartQueryExecution", "glue:UpdateTable"} <= actions["Maintenance"]
    assert {"athena:GetQueryResults", "dynamodb:UpdateItem"} <= actions["Publish"]


def test_builds_install_each_package_once_by_its_hash() -> None:

    folder: Path = pipeline_folder()
    lock = (folder / "requirements.txt").read_text()
    pinned = [line.split("==")[0] for line in lock.splitlines() if "==" in line and not line.startswith(" ")]
    assert len(pinned) == len(set(pinned)) == len(names_in(lock))
    assert {"dbt-athena", "django", "pynamodb", "jsonschema-rs"} <= set(pinned)
    assert lock.count("--hash=sha256:") >= len(pinned)
