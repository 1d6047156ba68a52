"""The metrics that AWS sends of this deployment: name, dimensions, unit, and the page that says so."""

from dataclasses import dataclass
from functools import cache

from tests.monitoring.cloudwatch import Point, Series
from tests.monitoring.template import STAGE

DOCS = "https://docs.aws.amazon.com"
GATEWAY = f"{DOCS}/apigateway/latest/developerguide/http-api-metrics.html"
LAMBDA = f"{DOCS}/lambda/latest/dg/monitoring-metrics-types.html"
FIREHOSE = f"{DOCS}/firehose/latest/dev/monitoring-with-cloudwatch-metrics.html"
SQS = f"{DOCS}/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html"
EVENTS = f"{DOCS}/eventbridge/latest/userguide/eb-monitoring.html"
STATES = f"{DOCS}/step-functions/latest/dg/procedure-cw-metrics.html"
CODEBUILD = f"{DOCS}/codebuild/latest/userguide/cloudwatch_metrics-codebuild.html"
DYNAMODB = f"{DOCS}/amazondynamodb/latest/developerguide/metrics-dimensions.html"
S3 = f"{DOCS}/AmazonS3/latest/userguide/metrics-dimensions.html"
BILLING = f"{DOCS}/AmazonCloudWatch/latest/monitoring/monitor_estimated_charges_with_cloudwatch.html"

API = {"ApiId": "AWS::ApiGatewayV2::Api/HttpApi", "Stage": "$default"}
# Zappa makes it, under this name.
API_FUNCTION = {"FunctionName": f"todo-api-{STAGE}"}
CDC_FUNCTION = {"FunctionName": "AWS::Lambda::Function/Cdc"}
EVENT_STREAM = {"DeliveryStreamName": "AWS::KinesisFirehose::DeliveryStream/ChangeEvents"}
LOG_STREAM = {"DeliveryStreamName": "AWS::KinesisFirehose::DeliveryStream/ApiLogs"}
TABLE = {"TableName": "AWS::DynamoDB::Table/Table"}
MACHINE = {"StateMachineArn": "AWS::StepFunctions::StateMachine/Pass"}
QUEUE = {"QueueName": "AWS::SQS::Queue/Undelivered.QueueName"}
RULE = {"RuleName": f"todo-{STAGE}-silver-failed"}
MAINTENANCE = {"ProjectName": "AWS::CodeBuild::Project/MaintenanceBuild"}
RECONCILIATION = {"ProjectName": "AWS::CodeBuild::Project/ReconcileBuild"}
INDEXES = ("by_updated_at", "by_due_date")
OPERATIONS = (
    "BatchGetItem", "BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "TransactWriteItems", "UpdateItem",
)  # fmt: skip


@dataclass(frozen=True)
class Sent:
    """A metric of AWS's own."""

    series: Series
    unit: str
    page: str

    def point(self, value: float, at: float) -> Point:
        return Point(self.series, self.unit, value, at)


def sent(namespace: str, name: str, dimensions: dict[str, str], unit: str, page: str) -> Sent:
    return Sent(Series(f"AWS/{namespace}", name, frozenset(dimensions.items())), unit, page)


def _all() -> list[Sent]:
    counted = [sent("ApiGateway", name, API, "Count", GATEWAY) for name in ("Count", "4xx", "5xx")]
    latency = sent("ApiGateway", "Latency", API, "Milliseconds", GATEWAY)
    functions = [
        sent("Lambda", name, function, unit, LAMBDA)
        for function in (API_FUNCTION, CDC_FUNCTION)
        for name, unit in (
            ("Invocations", "Count"), ("Errors", "Count"), ("Throttles", "Count"), ("Duration", "Milliseconds"),
        )
    ]  # fmt: skip
    age = sent("Lambda", "IteratorAge", CDC_FUNCTION, "Milliseconds", LAMBDA)
    deliveries = [
        sent("Firehose", f"DeliveryToS3.{name}", stream, unit, FIREHOSE)
        for stream in (EVENT_STREAM, LOG_STREAM)
        for name, unit in (("DataFreshness", "Seconds"), ("Success", "Count"), ("Records", "Count"))
    ]
    letters = sent("SQS", "ApproximateNumberOfMessagesVisible", QUEUE, "Count", SQS)
    rule = sent("Events", "TriggeredRules", RULE, "Count", EVENTS)
    ends = ("ExecutionsSucceeded", "ExecutionsFailed", "ExecutionsTimedOut")
    passes = [sent("States", name, MACHINE, "Count", STATES) for name in ends]
    duration = sent("States", "ExecutionTime", MACHINE, "Milliseconds", STATES)
    builds = [
        sent("CodeBuild", "FailedBuilds", project, "Count", CODEBUILD) for project in (MAINTENANCE, RECONCILIATION)
    ]
    throttles = [
        sent("DynamoDB", f"{kind}ThrottleEvents", {**TABLE, **index}, "Count", DYNAMODB)
        for kind in ("Read", "Write")
        for index in ({}, *({"GlobalSecondaryIndexName": name} for name in INDEXES))
    ]
    errors = [sent("DynamoDB", "SystemErrors", {**TABLE, "Operation": name}, "Count", DYNAMODB) for name in OPERATIONS]
    units = [sent("DynamoDB", f"Consumed{kind}CapacityUnits", TABLE, "Count", DYNAMODB) for kind in ("Read", "Write")]
    bucket = {"BucketName": "AWS::S3::Bucket/Bucket", "StorageType": "StandardStorage"}
    stored = sent("S3", "BucketSizeBytes", bucket, "Bytes", S3)
    charges = [
        sent("Billing", "EstimatedCharges", {"ServiceName": service, "Currency": "USD"}, "None", BILLING)
        for service in ("AmazonDynamoDB", "AWSLambda", "AmazonS3")
    ]
    return [
        *counted, latency, *functions, age, *deliveries, letters, rule, *passes, duration, *builds, *throttles,
        *errors, *units, stored, *charges,
    ]  # fmt: skip


ALL = _all()


@cache
def _table() -> dict[tuple[str, frozenset[tuple[str, str]]], Sent]:
    return {(one.series.name, one.series.dimensions): one for one in ALL}


def metric(name: str, dimensions: dict[str, str]) -> Sent:
    """The one of this name and these dimensions, which must be in the table."""
    return _table()[name, frozenset(dimensions.items())]
