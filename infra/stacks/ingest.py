"""From the table's stream to bronze: CDC Lambda, its failure queue, Firehose."""

import jsii
from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesisfirehose as firehose
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.config import Settings
from infra.packaging import cdc_folder
from infra.stacks.log_groups import log_group
from infra.stacks.permissions import READ, WRITE, allow, allow_key

EVENTS_PREFIX = "bronze/change_events/dt=!{timestamp:yyyy-MM-dd}/hour=!{timestamp:HH}/"
LOGS_PREFIX = "bronze/logs/dt=!{timestamp:yyyy-MM-dd}/"
ERROR_PREFIX = "bronze/errors/!{firehose:error-output-type}/dt=!{timestamp:yyyy-MM-dd}/"

# CloudWatch sends compressed groups of lines; bronze gets the text of each, one per line.
# https://docs.aws.amazon.com/firehose/latest/dev/Message_extraction.html
_Processor = firehose.CfnDeliveryStream.ProcessorProperty
_Parameter = firehose.CfnDeliveryStream.ProcessorParameterProperty
LOG_LINES = firehose.CfnDeliveryStream.ProcessingConfigurationProperty(
    enabled=True,
    processors=[
        _Processor(
            type="Decompression",
            parameters=[_Parameter(parameter_name="CompressionFormat", parameter_value="GZIP")],
        ),
        _Processor(
            type="CloudWatchLogProcessing",
            parameters=[_Parameter(parameter_name="DataMessageExtraction", parameter_value="true")],
        ),
        _Processor(type="AppendDelimiterToRecord", parameters=[]),
    ],
)

# Encryption of waiting records, with AWS's own key, which is free.
ENCRYPTION = firehose.CfnDeliveryStream.DeliveryStreamEncryptionConfigurationInputProperty(key_type="AWS_OWNED_CMK")

# Published insights and other items outside a user's partition don't invoke the function.
USERS_ITEMS = {"dynamodb": {"Keys": {"PK": {"S": lambda_.FilterRule.begins_with("USER#")}}}}


@jsii.implements(lambda_.IEventSourceDlq)
class FailureQueue:
    """The queue of failed batches, with the one permission that Lambda needs; CDK's own class grants three.

    https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
    """

    def __init__(self, queue: sqs.Queue) -> None:
        self._queue = queue

    def bind(self, _mapping: lambda_.IEventSourceMapping, function: lambda_.IFunction) -> lambda_.DlqDestinationConfig:
        function.add_to_role_policy(iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[self._queue.queue_arn]))
        return lambda_.DlqDestinationConfig(destination=self._queue.queue_arn)


class IngestStack(Stack):
    def __init__(
        self,
        scope: Construct,
        settings: Settings,
        *,
        key: kms.IKey,
        table: dynamodb.ITable,
        user_key_secret: secretsmanager.ISecret,
        bucket: s3.IBucket,
    ) -> None:
        super().__init__(scope, settings.stack_name("ingest"))
        role = iam.Role(self, "DeliveryRole", assumed_by=iam.ServicePrincipal("firehose.amazonaws.com"))
        # https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html (granting access to S3)
        allow(role, ("s3:AbortMultipartUpload", "s3:PutObject"), bucket.arn_for_objects("bronze/*"))
        allow(role, ("s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"), bucket.bucket_arn)
        allow_key(role, WRITE, key, service="s3")
        delivery_stream = self._delivery_stream("ChangeEvents", bucket, role, EVENTS_PREFIX)
        self.log_stream = self._delivery_stream("ApiLogs", bucket, role, LOGS_PREFIX, LOG_LINES)
        for stream in (delivery_stream, self.log_stream):
            stream.node.add_dependency(role)
        self.event_stream = delivery_stream
        self.function = function = self._function(settings, key, delivery_stream, user_key_secret)
        self.failures = failures = sqs.Queue(
            self,
            "Undelivered",
            retention_period=Duration.days(14),
            enforce_ssl=True,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
        )
        function.add_event_source(
            event_sources.DynamoEventSource(
                table,
                starting_position=lambda_.StartingPosition.TRIM_HORIZON,
                batch_size=1000,
                max_batching_window=Duration.seconds(1),
                report_batch_item_failures=True,
                bisect_batch_on_error=True,
                retry_attempts=10,
                # Gives up half-way through the stream's 24 hours, so that a redrive has the other half.
                max_record_age=Duration.hours(12),
                on_failure=FailureQueue(failures),
                filters=[lambda_.FilterCriteria.filter(USERS_ITEMS)],
            )
        )
        CfnOutput(self, "DeliveryStreamName", value=delivery_stream.ref)
        CfnOutput(self, "LogStreamName", value=self.log_stream.ref)
        CfnOutput(self, "UndeliveredQueueUrl", value=failures.queue_url)
        CfnOutput(self, "CdcFunctionName", value=function.function_name)

    def _delivery_stream(
        self,
        name: str,
        bucket: s3.IBucket,
        role: iam.Role,
        prefix: str,
        processing: firehose.CfnDeliveryStream.ProcessingConfigurationProperty | None = None,
    ) -> firehose.CfnDeliveryStream:
        return firehose.CfnDeliveryStream(
            self,
            name,
            delivery_stream_type="DirectPut",
            delivery_stream_encryption_configuration_input=ENCRYPTION,
            extended_s3_destination_configuration=firehose.CfnDeliveryStream.ExtendedS3DestinationConfigurationProperty(
                bucket_arn=bucket.bucket_arn,
                role_arn=role.role_arn,
                prefix=prefix,
                processing_configuration=processing,
                error_output_prefix=ERROR_PREFIX,
                compression_format="GZIP",
                buffering_hints=firehose.CfnDeliveryStream.BufferingHintsProperty(
                    interval_in_seconds=60, size_in_m_bs=64
                ),
            ),
        )

    def _function(
        self,
        settings: Settings,
        key: kms.IKey,
        delivery_stream: firehose.CfnDeliveryStream,
        user_key_secret: secretsmanager.ISecret,
    ) -> lambda_.Function:
        cdc_logs = log_group(self, "CdcLogs", key)
        role = iam.Role(self, "CdcRole", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        allow(role, ("logs:CreateLogStream", "logs:PutLogEvents"), cdc_logs.log_group_arn)
        allow(role, ("firehose:PutRecordBatch",), delivery_stream.attr_arn)
        allow(role, ("secretsmanager:GetSecretValue",), user_key_secret.secret_arn)
        allow_key(role, READ, key, service="secretsmanager")
        return lambda_.Function(
            self,
            "Cdc",
            role=role,
            runtime=lambda_.Runtime.PYTHON_3_11,
            handler="cdc_lambda.handler.handler",
            code=lambda_.Code.from_asset(str(cdc_folder(emulated=settings.emulated))),
            memory_size=512,
            timeout=Duration.seconds(60),
            log_group=cdc_logs,
            environment={
                "DELIVERY_STREAM_NAME": delivery_stream.ref,
                "USER_KEY_SECRET_ID": user_key_secret.secret_arn,
                "POWERTOOLS_SERVICE_NAME": "cdc",
                "ENVIRONMENT": settings.stage,
            },
        )
