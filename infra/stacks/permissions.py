"""Rights of roles, action by action: what CDK's own grants give is wider than what our code calls."""

from collections.abc import Mapping, Sequence

from aws_cdk import aws_iam as iam


def allow(
    role: iam.IRole | None,
    actions: Sequence[str],
    *resources: str,
    conditions: Mapping[str, Mapping[str, object]] | None = None,
) -> None:
    """Lets the role call the actions on the resources, and nothing else."""
    if role is None:
        raise ValueError("Only what has a role can be allowed something.")
    role.add_to_principal_policy(
        iam.PolicyStatement(actions=list(actions), resources=list(resources), conditions=dict(conditions or {}))
    )


def allow_metrics(role: iam.IRole | None, namespace: str) -> None:
    """Lets the role put metrics of the namespace: AWS knows no resource that would be narrower.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/iam-cw-condition-keys-namespace.html
    """
    allow(role, ("cloudwatch:PutMetricData",), "*", conditions={"StringEquals": {"cloudwatch:namespace": namespace}})
