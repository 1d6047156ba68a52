"""The stage's encryption key for the lake, the secrets and the logs. See ADR 32."""

from aws_cdk import ArnFormat, CfnOutput, Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.config import Settings
from infra.stacks.retention import data_removal_policy


class KeyStack(Stack):
    def __init__(self, scope: Construct, settings: Settings) -> None:
        super().__init__(scope, settings.stack_name("key"))
        self.key = kms.Key(
            self,
            "Key",
            description=f"Encrypts the data of the to-do service, stage {settings.stage}.",
            enable_key_rotation=True,
            pending_window=Duration.days(7),
            removal_policy=data_removal_policy(settings),
        )
        self._allow_logs()
        CfnOutput(self, "KeyArn", value=self.key.key_arn)

    def _allow_logs(self) -> None:
        """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html"""
        any_log_group = self.format_arn(
            service="logs", resource="log-group", resource_name="*", arn_format=ArnFormat.COLON_RESOURCE_NAME
        )
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal(f"logs.{self.region}.amazonaws.com")],
                actions=["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
                resources=["*"],
                conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": any_log_group}},
            )
        )
