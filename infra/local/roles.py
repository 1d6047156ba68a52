"""The stacks' roles as profiles of an AWS configuration file, so that a process under a role renews its session."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from infra.local.settings import LocalSettings

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

OPERATOR = "operator"
KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
# What CDK appends to a construct's name.
SUFFIX = re.compile(r"[0-9A-F]{8}$")


def role_arns(cloudformation: "CloudFormationClient", iam: Any) -> dict[str, str]:
    """The ARN of each role of the deployed stacks, by its construct's name."""
    found = {}
    for stack in cloudformation.describe_stacks()["Stacks"]:
        for resource in cloudformation.describe_stack_resources(StackName=stack["StackName"])["StackResources"]:
            if resource["ResourceType"] == "AWS::IAM::Role":
                role = iam.get_role(RoleName=resource["PhysicalResourceId"])["Role"]
                found[SUFFIX.sub("", resource["LogicalResourceId"])] = role["Arn"]
    return found


def write_profiles(settings: LocalSettings, arns: Mapping[str, str]) -> None:
    """https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-role.html"""
    lines = [f"[profile {OPERATOR}]", "aws_access_key_id = test", "aws_secret_access_key = test"]
    for name, arn in arns.items():
        lines += [f"[profile {name}]", f"role_arn = {arn}", f"source_profile = {OPERATOR}"]
    settings.aws_config.write_text("\n".join(lines) + "\n")


def as_role(settings: LocalSettings, variables: Mapping[str, str], name: str) -> dict[str, str]:
    """The variables for a process under the role, without any other keys."""
    kept = {variable: value for variable, value in variables.items() if variable not in KEYS}
    return {**kept, "AWS_CONFIG_FILE": str(settings.aws_config), "AWS_PROFILE": name}
