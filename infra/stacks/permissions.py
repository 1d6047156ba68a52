"""Permissions of roles, action by action, because CDK's grants allow more than our code calls."""

from collections.abc import Mapping, Sequence

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

READ = ("kms:Decrypt",)
# S3 decrypts the parts of an upload too: https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
WRITE = ("kms:Decrypt", "kms:GenerateDataKey")


def allow(
    role: iam.Role,
    actions: Sequence[str],
    *resources: str,
    conditions: Mapping[str, Mapping[str, object]] | None = None,
) -> None:
    """Lets the role call only these actions on these resources."""
    role.add_to_principal_policy(
        iam.PolicyStatement(actions=list(actions), resources=list(resources), conditions=dict(conditions or {}))
    )


def allow_metrics(role: iam.Role, namespace: str) -> None:
    """Lets the role put metrics of the namespace, since the action has no resource-level permissions.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/iam-cw-condition-keys-namespace.html
    """
    allow(role, ("cloudwatch:PutMetricData",), "*", conditions={"StringEquals": {"cloudwatch:namespace": namespace}})


def allow_key(role: iam.Role, actions: Sequence[str], key: kms.IKey, *, service: str) -> None:
    """Lets the role use the key, but only through the service ("s3", "secretsmanager")."""
    through = f"{service}.{Stack.of(role).region}.amazonaws.com"
    allow(role, actions, key.key_arn, conditions={"StringEquals": {"kms:ViaService": through}})
