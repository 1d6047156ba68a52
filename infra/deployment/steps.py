"""Deploying and destroying a stage, step by step."""

from typing import Any

from infra.config import Settings
from infra.deployment import DeploymentError
from infra.deployment.buckets import empty
from infra.deployment.cloudformation import AROUND_THE_FUNCTION
from infra.deployment.probes import api as api_probe
from infra.deployment.target import Target
from infra.steps import step

FRONT_DOOR = "API's front door, monitoring"


def deploy(target: Target) -> None:
    """Stacks, function, front door, then a smoke test. Raises DeploymentError, which says what failed."""
    target.start_engines()
    with step("Account") as told:
        told.append(target.check_account())
    with step("Stacks") as told:
        told.append(_changes(target, around_the_function=False))
    with step("API's function (Zappa)") as told:
        told.append(target.zappa().deploy())
    with step(FRONT_DOOR) as told:
        told.append(_changes(target, around_the_function=True))
    env_file = target.write_environment()
    variables = target.variables()
    with step("Smoke test") as told:
        told.append(api_probe.run(variables, users=1, tasks=1))
    print(f"\nDeployed: {variables['API_ENDPOINT']}/docs, /login, /dashboard")
    if target.engines is None:
        print(f"  alarms     {who_is_told(target.stage, target.session.client('sns'), variables['FAILURE_TOPIC_ARN'])}")
    if env_file:
        print(f"  shell      . {env_file}")


def who_is_told(stage: Settings, sns: Any, topic: str) -> str:
    """Of alarms, failures and budgets; AWS tells an address only after a link in its first mail was opened."""
    email = stage.alarm_email
    if not email:
        return f'go to nobody: write alarm_email="ADDRESS" into STAGES["{stage.stage}"] in infra/config.py, and deploy'
    pages = sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
    found = [one["SubscriptionArn"] for page in pages for one in page["Subscriptions"] if one["Endpoint"] == email]
    confirmed = any(arn.startswith("arn:") for arn in found)
    return f"go to {email}" if confirmed else f"will go to {email}, once the link in AWS's mail to it was opened"


def destroy(target: Target) -> None:
    """Takes everything out but what the stage retains."""
    try:
        target.check_account()
    except DeploymentError:
        if target.engines is None:
            raise
        print("The engines are not running: nothing is deployed.")
        target.stop_engines()
        return
    take_out(target)
    target.stop_engines()


def take_out(target: Target) -> None:
    """Front door and monitoring, function, stacks; the engines stay."""
    names = target.stacks.stack_names()
    around = [name for name in names if name.endswith(AROUND_THE_FUNCTION)]
    with step(FRONT_DOOR) as told:
        told.append(_deletions(target, list(reversed(around))))
    with step("API's function (Zappa)") as told:
        there = "API_ROLE_ARN" in target.stacks.outputs()
        told.append("deleted" if there and target.zappa().undeploy() else "nothing there")
    with step("Stacks") as told:
        if not target.stage.retain_data:
            empty(target.session, target.stacks.buckets())
        told.append(_deletions(target, [name for name in reversed(names) if name not in around]))


def _changes(target: Target, *, around_the_function: bool) -> str:
    names = [n for n in target.stacks.stack_names() if n.endswith(AROUND_THE_FUNCTION) == around_the_function]
    changed = target.stacks.run(names)
    return f"{', '.join(changed)} changed" if changed else "unchanged"


def _deletions(target: Target, names: list[str]) -> str:
    deleted = [name for name in names if target.stacks.delete(name)]
    return f"{', '.join(deleted)} deleted" if deleted else "nothing there"
