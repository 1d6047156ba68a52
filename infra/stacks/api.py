"""The role, secret and logs of the API's function. Zappa makes the function itself after this stack."""

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesisfirehose as firehose
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.config import Settings
from infra.stacks.log_groups import log_group
from infra.stacks.permissions import READ, WRITE, allow, allow_key
from infra.stacks.retention import stack_removal_policy

# CloudWatch's pattern for the lines of `todo_project.middleware.RequestLog`.
REQUEST_LINES = '{ $.logger = "todo_api.access" }'
# A transaction needs the permissions of its writes.
TABLE_ACTIONS = (
    "dynamodb:BatchGetItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:UpdateItem",
)
# For sign-in on the login page, and for erasure.
USER_POOL_ACTIONS = ("cognito-idp:AdminDeleteUser", "cognito-idp:AdminInitiateAuth")


class ApiStack(Stack):
    def __init__(
        self,
        scope: Construct,
        settings: Settings,
        *,
        key: kms.IKey,
        table: dynamodb.ITable,
        user_pool: cognito.IUserPool,
        user_key_secret: secretsmanager.ISecret,
        bucket: s3.IBucket,
        log_stream: firehose.CfnDeliveryStream,
    ) -> None:
        super().__init__(scope, settings.stack_name("api"))
        function_logs = log_group(self, "FunctionLogs", key, f"/aws/lambda/{settings.api_function}")
        role = iam.Role(self, "FunctionRole", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        allow(role, ("logs:CreateLogStream", "logs:PutLogEvents"), function_logs.log_group_arn)
        allow(role, TABLE_ACTIONS, table.table_arn)
        allow(role, ("dynamodb:Query",), f"{table.table_arn}/index/*")
        allow(role, USER_POOL_ACTIONS, user_pool.user_pool_arn)
        allow(role, ("secretsmanager:GetSecretValue",), user_key_secret.secret_arn)
        allow_key(role, READ, key, service="secretsmanager")
        allow(role, ("s3:PutObject", "s3:GetObject", "s3:DeleteObject"), bucket.arn_for_objects("exports/*"))
        allow(role, ("s3:ListBucket",), bucket.bucket_arn, conditions={"StringLike": {"s3:prefix": "exports/*"}})
        allow_key(role, WRITE, key, service="s3")
        signing_key = secretsmanager.Secret(
            self,
            "DjangoSecretKey",
            description="Signs the API's cursors and forms.",
            generate_secret_string=secretsmanager.SecretStringGenerator(password_length=64, exclude_punctuation=True),
            encryption_key=key,
            removal_policy=stack_removal_policy(),
        )
        self._deliver(function_logs, log_stream)
        CfnOutput(self, "ApiRoleArn", value=role.role_arn)
        CfnOutput(self, "DjangoSecretId", value=signing_key.secret_arn)

    def _deliver(self, function_logs: logs.LogGroup, log_stream: firehose.CfnDeliveryStream) -> None:
        """Delivers the log lines about requests to bronze."""
        role = iam.Role(
            self,
            "LogDeliveryRole",
            assumed_by=iam.ServicePrincipal("logs.amazonaws.com", conditions=self._of_this_account()),
        )
        allow(role, ("firehose:PutRecord", "firehose:PutRecordBatch"), log_stream.attr_arn)
        subscription = logs.CfnSubscriptionFilter(
            self,
            "RequestLines",
            log_group_name=function_logs.log_group_name,
            filter_pattern=REQUEST_LINES,
            destination_arn=log_stream.attr_arn,
            role_arn=role.role_arn,
        )
        subscription.node.add_dependency(role)

    def _of_this_account(self) -> dict[str, dict[str, str]]:
        """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html"""
        return {"StringLike": {"aws:SourceArn": self.format_arn(service="logs", resource="*")}}
