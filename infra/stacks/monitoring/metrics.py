"""The metrics of alarms and dashboard: AWS's own, by their documented names, and those that our code emits."""

from collections.abc import Mapping
from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from infra.stacks.table import INDEXED_ATTRIBUTES

MINUTE, FIVE_MINUTES, QUARTER, HOUR = (Duration.minutes(n) for n in (1, 5, 15, 60))
COUNT, SECONDS, PERCENT = cloudwatch.Unit.COUNT, cloudwatch.Unit.SECONDS, cloudwatch.Unit.PERCENT
# The operations that the API, the passes and the commands call.
TABLE_OPERATIONS = (
    "BatchGetItem",
    "BatchWriteItem",
    "DeleteItem",
    "GetItem",
    "PutItem",
    "Query",
    "TransactWriteItems",
    "UpdateItem",
)


@dataclass(frozen=True)
class Watched:
    """The other stacks' resources, by their names in CloudWatch's metrics."""

    api_id: str
    api_function: str
    cdc_function: str
    event_stream: str
    log_stream: str
    failure_queue: str
    table: str
    bucket: str
    silver_job: str
    pipeline: str
    maintenance: str
    reconciliation: str


@dataclass(frozen=True)
class Metrics:
    """Each method returns a metric with a suitable statistic."""

    watched: Watched

    def api(self, name: str, statistic: str) -> cloudwatch.Metric:
        """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html"""
        return _aws_metric("ApiGateway", name, statistic, {"ApiId": self.watched.api_id, "Stage": "$default"}, MINUTE)

    def function(self, function: str, name: str, statistic: str, period: Duration = FIVE_MINUTES) -> cloudwatch.Metric:
        """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html"""
        return _aws_metric("Lambda", name, statistic, {"FunctionName": function}, period)

    def delivery(self, stream: str, name: str, statistic: str) -> cloudwatch.Metric:
        """https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-metrics.html"""
        return _aws_metric("Firehose", name, statistic, {"DeliveryStreamName": stream}, FIVE_MINUTES)

    def dead_letters(self, name: str = "ApproximateNumberOfMessagesVisible") -> cloudwatch.Metric:
        """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html"""
        return _aws_metric("SQS", name, "Maximum", {"QueueName": self.watched.failure_queue}, FIVE_MINUTES)

    def rule(self, rule: str) -> cloudwatch.Metric:
        """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html"""
        return _aws_metric("Events", "TriggeredRules", "Sum", {"RuleName": rule}, FIVE_MINUTES)

    def passes(self, name: str, statistic: str = "Sum") -> cloudwatch.Metric:
        """https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html"""
        return _aws_metric("States", name, statistic, {"StateMachineArn": self.watched.pipeline}, FIVE_MINUTES)

    def build(self, project: str, name: str, statistic: str = "Sum") -> cloudwatch.Metric:
        """https://docs.aws.amazon.com/codebuild/latest/userguide/cloudwatch_metrics-codebuild.html"""
        return _aws_metric("CodeBuild", name, statistic, {"ProjectName": project}, FIVE_MINUTES)

    def table(self, name: str, **dimensions: str) -> cloudwatch.Metric:
        """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html"""
        return _aws_metric("DynamoDB", name, "Sum", {"TableName": self.watched.table, **dimensions}, FIVE_MINUTES)

    def throttles(self) -> cloudwatch.MathExpression:
        """Throttled reads and writes of table and indexes: the table's own metrics don't include its indexes."""
        names = ("ReadThrottleEvents", "WriteThrottleEvents")
        indexes: list[dict[str, str]] = [
            {},
            *({"GlobalSecondaryIndexName": f"by_{name}"} for name in INDEXED_ATTRIBUTES),
        ]
        return _sum("Throttled", [self.table(name, **index) for name in names for index in indexes])

    def table_errors(self) -> cloudwatch.MathExpression:
        """The sum over operations, because DynamoDB has no errors by table alone."""
        return _sum("System errors", [self.table("SystemErrors", Operation=name) for name in TABLE_OPERATIONS])

    def stored(self) -> cloudwatch.Metric:
        """https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html"""
        dimensions = {"BucketName": self.watched.bucket, "StorageType": "StandardStorage"}
        return _aws_metric("S3", "BucketSizeBytes", "Average", dimensions, Duration.days(1))

    def charges(self, service: str) -> cloudwatch.Metric:
        """This month's charges so far. Exists in one region, and only in accounts with billing alerts switched on.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/monitor_estimated_charges_with_cloudwatch.html
        """
        dimensions = {"ServiceName": service, "Currency": "USD"}
        return _aws_metric("Billing", "EstimatedCharges", "Maximum", dimensions, Duration.hours(6)).with_(
            region="us-east-1"
        )

    def cdc(self, name: str) -> cloudwatch.Metric:
        """cdc_lambda.handler"""
        return _own_metric("TodoApi/CDC", name, "Sum", COUNT, FIVE_MINUTES, service="cdc")

    def requests(self, name: str) -> cloudwatch.Metric:
        """todo_project.metrics"""
        return _own_metric("TodoApi/Api", name, "Sum", COUNT, FIVE_MINUTES, service="api")

    def insights_age(self) -> cloudwatch.Metric:
        """tasks.scheduled.measure_freshness"""
        return _own_metric("TodoApi/Api", "InsightAge", "Maximum", SECONDS, QUARTER, service="api")

    def pipeline(self, name: str, statistic: str = "Sum") -> cloudwatch.Metric:
        """glue.lake.metrics, and reconcile"""
        return _own_metric("TodoApi/Pipeline", name, statistic, COUNT, HOUR)

    def business(self, name: str) -> cloudwatch.Metric:
        """tasks.insights.registry.metrics"""
        unit = PERCENT if name == "TaskCompletionRate" else COUNT
        return _own_metric("TodoApi/CustomMetrics", name, "Maximum", unit, HOUR)


def _aws_metric(
    service: str, name: str, statistic: str, dimensions: Mapping[str, str], period: Duration
) -> cloudwatch.Metric:
    """Without a unit: AWS doesn't document every metric's unit, and a wrong one finds no data."""
    return cloudwatch.Metric(
        namespace=f"AWS/{service}", metric_name=name, statistic=statistic, dimensions_map=dimensions, period=period
    )


def _own_metric(
    namespace: str, name: str, statistic: str, unit: cloudwatch.Unit, period: Duration, **dimensions: str
) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=namespace,
        metric_name=name,
        statistic=statistic,
        unit=unit,
        period=period,
        dimensions_map=dimensions,
    )


def _sum(label: str, metrics: list[cloudwatch.Metric]) -> cloudwatch.MathExpression:
    """A sum in which missing data counts as 0.

    Otherwise an alarm on DynamoDB's metrics would keep its state, because it ignores missing data despite its setting.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
    """
    return cloudwatch.MathExpression(
        expression=" + ".join(f"FILL(m{place}, 0)" for place in range(len(metrics))),
        using_metrics={f"m{place}": metric for place, metric in enumerate(metrics)},
        label=label,
        period=FIVE_MINUTES,
    )
