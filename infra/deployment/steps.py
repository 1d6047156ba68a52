"""Deploys and destroys a stage, step by step."""

from typing import Any

from infra.config import Settings
from infra.deployment import DeploymentError
from infra.deployment.api_package import check_python
from infra.deployment.buckets import empty
from infra.deployment.cloudformation import AFTER_THE_FUNCTION
from infra.deployment.probes import api as api_probe
from infra.deployment.target import Target
from infra.progress import step

FRONT_DOOR = "API's front door, monitoring"


def deploy(target: Target) -> None:
    """Deploys stacks, function and front door, then runs a smoke test. Raises DeploymentError."""
    check_python(target.stage)
    target.start_engines()
    with step("Account") as details:
        details.append(target.check_account())
    with step("Stacks") as details:
        details.append(_changes(target, after_the_function=False))
    with step("API's function (Zappa)") as details:
        details.append(target.zappa().deploy())
    with step(FRONT_DOOR) as details:
        details.append(_changes(target, after_the_function=True))
    env_file = target.write_environment()
    variables = target.variables()
    with step("Smoke test") as details:
        details.append(api_probe.run(variables, users=1, tasks=1))
    print(f"\nDeployed: {variables['API_ENDPOINT']}/docs, /login, /dashboard")
    if target.engines is None:
        sns, topic = target.session.client("sns"), variables["FAILURE_TOPIC_ARN"]
        print(f"  alarms     {alarm_recipient(target.stage, sns, topic)}")
    if env_file:
        print(f"  shell      . {env_file}")


def alarm_recipient(stage: Settings, sns: Any, topic: str) -> str:
    """Where alarms, failures and budget notices go. AWS sends to an address only after its owner confirmed it."""
    email = stage.alarm_email
    if not email:
        return f'go nowhere: set alarm_email="ADDRESS" in STAGES["{stage.stage}"] in infra/config.py, and deploy'
    pages = sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
    found = [one["SubscriptionArn"] for page in pages for one in page["Subscriptions"] if one["Endpoint"] == email]
    confirmed = any(arn.startswith("arn:") for arn in found)
    return f"go to {email}" if confirmed else f"will go to {email} after someone opens the link in AWS's mail to it"


def destroy(target: Target) -> None:
    """Deletes everything except what the stage retains."""
    try:
        target.check_account()
    except DeploymentError:
        if target.engines is None:
            raise
        print("The engines are not running: nothing is deployed.")
        target.stop_engines()
        return
    delete_deployment(target)
    target.stop_engines()


def delete_deployment(target: Target) -> None:
    """Deletes front door, monitoring, function and stacks, but leaves the engines."""
    names = target.stacks.stack_names()
    after = [name for name in names if name.endswith(AFTER_THE_FUNCTION)]
    with step(FRONT_DOOR) as details:
        details.append(_deletions(target, list(reversed(after))))
    with step("API's function (Zappa)") as details:
        exists = "API_ROLE_ARN" in target.stacks.outputs()
        details.append("deleted" if exists and target.zappa().undeploy() else "not found")
    with step("Stacks") as details:
        details.append(_deletions(target, [name for name in reversed(names) if name not in after]))


def _changes(target: Target, *, after_the_function: bool) -> str:
    names = [n for n in target.stacks.stack_names() if n.endswith(AFTER_THE_FUNCTION) == after_the_function]
    changed = target.stacks.run(names)
    return f"{', '.join(changed)} changed" if changed else "unchanged"


def _deletions(target: Target, names: list[str]) -> str:
    deleted = [name for name in names if _delete(target, name)]
    return f"{', '.join(deleted)} deleted" if deleted else "not found"


def _delete(target: Target, name: str) -> bool:
    """Empties a stack's buckets right before it goes: by then, whatever wrote to them is gone with its own stack."""
    if not target.stage.retain_data:
        empty(target.session, target.stacks.buckets(name))
    return target.stacks.delete(name)
