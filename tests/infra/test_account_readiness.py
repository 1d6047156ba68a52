"""What a real account refuses or drifts from, although the local engines accept it; with AWS's page for each."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from infra.config import STAGES, settings_of
from infra.deployment import DeploymentError
from infra.deployment.api_package import FUNCTION_PYTHON, check_python
from infra.deployment.cloudformation import synthesise
from infra.packaging import ROOT
from infra.stacks.edge import SCHEDULES

Resource = dict[str, Any]


def resources(stage: str, concern: str, kind: str) -> dict[str, Resource]:
    template = synthesise(stage) / f"{settings_of(stage).stack_name(concern)}.template.json"
    found = json.loads(template.read_text())["Resources"]
    return {name: resource["Properties"] for name, resource in found.items() if resource["Type"] == kind}


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def allowed(stage: str, build: str) -> Iterator[tuple[str, str]]:
    """Each action that a build's role may do, with the resource as JSON."""
    policies = resources(stage, "pipeline", "AWS::IAM::Policy")
    (policy,) = (found for name, found in policies.items() if name.startswith(f"{build}Role"))
    for statement in policy["PolicyDocument"]["Statement"]:
        for action in listed(statement["Action"]):
            for resource in listed(statement["Resource"]):
                yield action, json.dumps(resource)


@pytest.mark.parametrize("build", ["Gold", "Maintenance"])
def test_dbts_role_may_delete_old_table_versions(build: str) -> None:
    """dbt-athena deletes them one by one, and goes on silently when that is denied.

    https://docs.aws.amazon.com/glue/latest/webapi/API_DeleteTableVersion.html
    """
    assert "glue:DeleteTableVersion" in {action for action, _ in allowed("production", build)}


@pytest.mark.parametrize("build", ["Gold", "Maintenance", "Publish", "Reconcile"])
def test_querying_role_may_read_database_default(build: str) -> None:
    """https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html"""
    names = [resource for action, resource in allowed("production", build) if action == "glue:GetDatabase"]
    assert any(":database/default" in name for name in names)
    assert any(":catalog" in name for name in names)


@pytest.mark.parametrize("build", ["Gold", "Maintenance", "Publish", "Reconcile"])
@pytest.mark.parametrize("action", ["glue:GetPartition", "glue:GetPartitions", "glue:BatchGetPartition"])
def test_querying_role_may_read_partitions(build: str, action: str) -> None:
    """https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html"""
    assert action in {each for each, _ in allowed("production", build)}


@pytest.mark.parametrize("build", ["Bronze", "Gold", "Maintenance", "Publish", "Reconcile"])
@pytest.mark.parametrize("action", ["s3:GetObject", "s3:GetObjectVersion", "s3:GetBucketAcl", "s3:GetBucketLocation"])
def test_build_may_fetch_its_source(build: str, action: str) -> None:
    """https://docs.aws.amazon.com/codebuild/latest/userguide/setting-up-service-role.html"""
    assert any(each == action and "assets" in resource for each, resource in allowed("production", build))


def test_zappa_schedules_nothing() -> None:
    """Its PutRule would pass the function's role to EventBridge, which that role does not trust."""
    settings = json.loads((ROOT / "zappa_settings.json").read_text())
    assert [stage for stage, values in settings.items() if "events" in values] == []


@pytest.mark.parametrize(("function", "schedule"), SCHEDULES.items())
def test_schedule_invokes_the_function_by_a_permission(function: str, schedule: str) -> None:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html"""
    rules = resources("production", "edge", "AWS::Events::Rule")
    ((name, rule),) = ((n, r) for n, r in rules.items() if r["Name"].endswith(f"-{function}"))
    assert (rule["ScheduleExpression"], rule["State"]) == (schedule, "ENABLED")
    (target,) = rule["Targets"]
    assert (json.loads(target["Input"]), "RoleArn" in target) == ({"command": function}, False)
    permissions = resources("production", "edge", "AWS::Lambda::Permission").values()
    sources = [p["SourceArn"] for p in permissions if p["Principal"] == "events.amazonaws.com"]
    assert {"Fn::GetAtt": [name, "Arn"]} in sources


def test_dashboard_of_each_stage_has_a_name_of_its_own() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html"""
    names = [
        dashboard["DashboardName"]
        for stage in STAGES
        for dashboard in resources(stage, "monitoring", "AWS::CloudWatch::Dashboard").values()
    ]
    assert len(names) == len(set(names)) == len(STAGES)
    assert "TodoApiMonitoring" in names


def test_app_client_has_no_oauth() -> None:
    """CDK's default is the implicit and the code grant, to an example's address."""
    (client,) = resources("production", "identity", "AWS::Cognito::UserPoolClient").values()
    assert client["AllowedOAuthFlowsUserPoolClient"] is False
    assert {"AllowedOAuthFlows", "CallbackURLs"}.isdisjoint(client)


def test_log_delivery_acts_for_this_account_alone() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html"""
    roles = resources("production", "api", "AWS::IAM::Role").values()
    statements = [statement for role in roles for statement in role["AssumeRolePolicyDocument"]["Statement"]]
    (trust,) = (s for s in statements if s["Principal"] == {"Service": "logs.amazonaws.com"})
    assert '"Ref": "AWS::AccountId"' in json.dumps(trust["Condition"]["StringLike"]["aws:SourceArn"])


@pytest.mark.parametrize("version", ["3.12", "3.13", "3.9"])
def test_another_python_than_the_functions_is_refused(version: str) -> None:
    with pytest.raises(DeploymentError, match=r"runs on Python 3\.11.* PYTHON=python3\.11 STAGE=dev"):
        check_python(settings_of("dev"), version)


@pytest.mark.parametrize(("stage", "version"), [("dev", "3.11"), ("production", "3.11"), ("local", "3.13")])
def test_the_functions_python_is_taken_and_any_by_an_emulator(stage: str, version: str) -> None:
    check_python(settings_of(stage), version)


def test_functions_of_an_account_run_on_the_same_python() -> None:
    functions = resources("production", "ingest", "AWS::Lambda::Function").values()
    assert {function["Runtime"] for function in functions} == {f"python{FUNCTION_PYTHON}"}
