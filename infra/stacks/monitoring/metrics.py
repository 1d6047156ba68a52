"""The metrics that are watched: AWS's own, under the names that its pages give them, and those that our code emits."""

from collections.abc import Mapping
from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from infra.stacks.table import INDEXED_ATTRIBUTES

MINUTE, FIVE_MINUTES, QUARTER, HOUR = (Duration.minutes(n) for n in (1, 5, 15, 60))
COUNT, SECONDS, PERCENT = cloudwatch.Unit.COUNT, cloudwatch.Unit.SECONDS, cloudwatch.Unit.PERCENT
# As the API, the passes and the commands call them.
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
    """What the other stacks made, by the names that CloudWatch keeps metrics under."""

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
    """Each answers a metric with the statistic that it makes sense with."""

    watched: Watched

    def api(self, name: str, statistic: str) -> cloudwatch.Metric:
        """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html"""
        return _of_aws("ApiGateway", name, statistic, {"ApiId": self.watched.api_id, "Stage": "$default"}, MINUTE)

    def function(self, function: str, name: str, statistic: str, period: Duration = FIVE_MINUTES) -> cloudwatch.Metric:
        """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html"""
        return _of_aws("Lambda", name, statistic, {"FunctionName": function}, period)

    def delivery(self, stream: str, name: str, statistic: str) -> cloudwatch.Metric:
        """https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-metrics.html"""
        return _of_aws("Firehose", name, statistic, {"DeliveryStreamName": stream}, FIVE_MINUTES)

    def dead_letters(self, name: str = "ApproximateNumberOfMessagesVisible") -> cloudwatch.Metric:
        """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html"""
        return _of_aws("SQS", name, "Maximum", {"QueueName": self.watched.failure_queue}, FIVE_MINUTES)

    def rule(self, rule: str) -> cloudwatch.Metric:
        """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html"""
        return _of_aws("Events", "TriggeredRules", "Sum", {"RuleName": rule}, FIVE_MINUTES)

    def passes(self, name: str, statistic: str = "Sum") -> cloudwatch.Metric:
        """https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html"""
        return _of_aws("States", name, statistic, {"StateMachineArn": self.watched.pipeline}, FIVE_MINUTES)

    def build(self, project: str, name: str, statistic: str = "Sum") -> cloudwatch.Metric:
        """https://docs.aws.amazon.com/codebuild/latest/userguide/cloudwatch_metrics-codebuild.html"""
        return _of_aws("CodeBuild", name, statistic, {"ProjectName": project}, FIVE_MINUTES)

    def table(self, name: str, **dimensions: str) -> cloudwatch.Metric:
        """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html"""
        return _of_aws("DynamoDB", name, "Sum", {"TableName": self.watched.table, **dimensions}, FIVE_MINUTES)

    def throttles(self) -> cloudwatch.MathExpression:
        """Reads and writes of table and indexes: the table's own metrics do not hold those of its indexes."""
        names = ("ReadThrottleEvents", "WriteThrottleEvents")
        indexes: list[dict[str, str]] = [
            {},
            *({"GlobalSecondaryIndexName": f"by_{name}"} for name in INDEXED_ATTRIBUTES),
        ]
        return _sum("Throttled", [self.table(name, **index) for name in names for index in indexes])

    def table_errors(self) -> cloudwatch.MathExpression:
        """DynamoDB keeps its errors by operation; under the table alone there are none."""
        return _sum("System errors", [self.table("SystemErrors", Operation=name) for name in TABLE_OPERATIONS])

    def stored(self) -> cloudwatch.Metric:
        """https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html"""
        dimensions = {"BucketName": self.watched.bucket, "StorageType": "StandardStorage"}
        return _of_aws("S3", "BucketSizeBytes", "Average", dimensions, Duration.days(1))

    def charges(self, service: str) -> cloudwatch.Metric:
        """This month's so far; kept in one region, and only once an account has billing alerts switched on.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/monitor_estimated_charges_with_cloudwatch.html
        """
        dimensions = {"ServiceName": service, "Currency": "USD"}
        return _of_aws("Billing", "EstimatedCharges", "Maximum", dimensions, Duration.hours(6)).with_(
            region="us-east-1"
        )

    def cdc(self, name: str) -> cloudwatch.Metric:
        """cdc_lambda.handler"""
        return _ours("TodoApi/CDC", name, "Sum", COUNT, FIVE_MINUTES, service="cdc")

    def requests(self, name: str) -> cloudwatch.Metric:
        """todo_project.metrics"""
        return _ours("TodoApi/Api", name, "Sum", COUNT, FIVE_MINUTES, service="api")

    def insights_age(self) -> cloudwatch.Metric:
        """tasks.scheduled.measure_freshness"""
        return _ours("TodoApi/Api", "InsightAge", "Maximum", SECONDS, QUARTER, service="api")

    def pipeline(self, name: str, statistic: str = "Sum") -> cloudwatch.Metric:
        """glue.lake.metrics, and reconcile"""
        return _ours("TodoApi/Pipeline", name, statistic, COUNT, HOUR)

    def business(self, name: str) -> cloudwatch.Metric:
        """tasks.insights.registry.metrics"""
        unit = PERCENT if name == "TaskCompletionRate" else COUNT
        return _ours("TodoApi/CustomMetrics", name, "Maximum", unit, HOUR)


def _of_aws(
    service: str, name: str, statistic: str, dimensions: Mapping[str, str], period: Duration
) -> cloudwatch.Metric:
    """Without a unit: AWS's pages do not name every metric's, and with a wrong one nothing is found."""
    return cloudwatch.Metric(
        namespace=f"AWS/{service}", metric_name=name, statistic=statistic, dimensions_map=dimensions, period=period
    )


def _ours(
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
    """What is only sent when it happens counts as 0 else.

    Without that an alarm on DynamoDB's metrics would keep its state: it ignores missing data, whatever it is told.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
    """
    return cloudwatch.MathExpression(
        expression=" + ".join(f"FILL(m{place}, 0)" for place in range(len(metrics))),
        using_metrics={f"m{place}": metric for place, metric in enumerate(metrics)},
        label=label,
        period=FIVE_MINUTES,
    )
