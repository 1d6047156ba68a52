"""Removal policies for when a stack is deleted."""

from aws_cdk import RemovalPolicy

from infra.config import Settings


def data_removal_policy(settings: Settings) -> RemovalPolicy:
    return RemovalPolicy.RETAIN if settings.retain_data else RemovalPolicy.DESTROY


def stack_removal_policy() -> RemovalPolicy:
    """For logs and everything that can be computed again."""
    return RemovalPolicy.DESTROY
