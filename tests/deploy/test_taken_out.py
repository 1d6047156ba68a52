"""What is left of a stage that was destroyed. Comes after the modules that use one, by its name."""

from collections.abc import Callable
from typing import Any

import requests

from tests.deploy.operator import Operator
from tests.support.patience import SHORTLY

ACCOUNT = "000000000000"
NOTHING: dict[str, Callable[[Any], list[str]]] = {
    "cloudformation": lambda c: [stack["StackName"] for stack in c.describe_stacks()["Stacks"]],
    "dynamodb": lambda c: c.list_tables()["TableNames"],
    "lambda": lambda c: [found["FunctionName"] for found in c.list_functions()["Functions"]],
    "apigatewayv2": lambda c: [found["Name"] for found in c.get_apis()["Items"]],
    "cognito-idp": lambda c: [found["Name"] for found in c.list_user_pools(MaxResults=60)["UserPools"]],
    "secretsmanager": lambda c: [found["Name"] for found in c.list_secrets()["SecretList"]],
    "logs": lambda c: [found["logGroupName"] for found in c.describe_log_groups()["logGroups"]],
    "events": lambda c: [found["Name"] for found in c.list_rules()["Rules"]],
    "cloudwatch": lambda c: [found["AlarmName"] for found in c.describe_alarms()["MetricAlarms"]],
    "sns": lambda c: [found["TopicArn"] for found in c.list_topics()["Topics"]],
    "budgets": lambda c: [found["BudgetName"] for found in c.describe_budgets(AccountId=ACCOUNT).get("Budgets", [])],
    "iam": lambda c: [found["RoleName"] for found in c.list_roles()["Roles"]],
    "sqs": lambda c: c.list_queues().get("QueueUrls", []),
    "firehose": lambda c: c.list_delivery_streams()["DeliveryStreamNames"],
    "s3": lambda c: [found["Name"] for found in c.list_buckets()["Buckets"] if "cdk-" not in found["Name"]],
}


def test_destroyed_stage_leaves_nothing(operator: Operator) -> None:
    clients = {service: operator.client(service) for service in NOTHING}
    before = {service: listed(clients[service]) for service, listed in NOTHING.items()}
    assert all(before.values()), before
    operator.delete_deployment()
    assert {service: NOTHING[service](clients[service]) for service in NOTHING} == {service: [] for service in NOTHING}
    asked = requests.get(f"{operator.variables['API_ENDPOINT']}/health", timeout=SHORTLY)
    assert (asked.status_code, asked.text) == (503, "Nothing is deployed. Run `make deploy STAGE=local`.\n")
    for use in ("test-api", "manage", "zappa", "pass"):
        refused = operator.run(use, "local", *(["status"] if use in {"manage", "zappa"} else []))
        assert refused.stderr == "The stage is not deployed, or only in part. Run `make deploy STAGE=local`.\n"
    assert "nothing is deployed" in operator.succeed("destroy", "local") + operator.succeed("destroy", "local")
    refused = operator.run("test-api", "local")
    assert "`make deploy STAGE=local` starts the engines." in refused.stderr
    assert "Traceback" not in refused.stderr
