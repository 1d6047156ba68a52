"""The one DynamoDB table, its two indexes and its stream."""

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from infra.config import TABLE_NAME, Settings
from infra.stacks.retention import data_removal_policy

INDEXED_ATTRIBUTES = ("updated_at", "due_date")


class TableStack(Stack):
    def __init__(self, scope: Construct, settings: Settings) -> None:
        super().__init__(scope, settings.stack_name("table"))
        partition_key = dynamodb.Attribute(name="PK", type=dynamodb.AttributeType.STRING)
        self.table = dynamodb.Table(
            self,
            "Table",
            table_name=TABLE_NAME,
            partition_key=partition_key,
            sort_key=dynamodb.Attribute(name="SK", type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            time_to_live_attribute="expires_at",
            stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
            removal_policy=data_removal_policy(settings),
            deletion_protection=settings.retain_data,
        )
        for attribute in INDEXED_ATTRIBUTES:
            self.table.add_global_secondary_index(
                index_name=f"by_{attribute}",
                partition_key=partition_key,
                sort_key=dynamodb.Attribute(name=attribute, type=dynamodb.AttributeType.STRING),
            )
        CfnOutput(self, "TableName", value=self.table.table_name)
