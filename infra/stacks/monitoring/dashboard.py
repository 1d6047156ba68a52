"""A stage's dashboard: what users do, how the API responds, and how far their events have come."""

from collections.abc import Iterator, Mapping, Sequence

from aws_cdk import aws_cloudwatch as cloudwatch

from infra.stacks.monitoring.metrics import Metrics

WIDTH, HEIGHT = 8, 6
Graph = tuple[str, Sequence[cloudwatch.IMetric]]
# The names in EstimatedCharges: https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/billing-what-is.html
CHARGED = ("AmazonDynamoDB", "AWSLambda", "AmazonS3")
PERCENTILES = ("p50", "p95", "p99")


def rows(metrics: Metrics, alarms: Sequence[cloudwatch.IAlarm]) -> Iterator[list[cloudwatch.IWidget]]:
    """The page from top to bottom: the alarms' states, then a heading and graphs for each part."""
    yield [cloudwatch.AlarmStatusWidget(title="Alarms", alarms=list(alarms), width=3 * WIDTH, height=4)]
    for heading, graphs in parts(metrics).items():
        yield [cloudwatch.TextWidget(markdown=f"## {heading}", width=3 * WIDTH, height=1)]
        yield [
            cloudwatch.GraphWidget(title=title, left=list(left), width=WIDTH, height=HEIGHT) for title, left in graphs
        ]


def parts(metrics: Metrics) -> Mapping[str, Sequence[Graph]]:
    return {
        "API health": _api(metrics),
        "Lambda": _functions(metrics),
        "Pipeline": _pipeline(metrics),
        "CDC": _change_events(metrics),
        "DynamoDB": _table(metrics),
        "User activity": _users(metrics),
        "Task productivity": _tasks(metrics),
        "Cost": _cost(metrics),
    }


def _api(metrics: Metrics) -> Sequence[Graph]:
    return [
        ("Requests and errors", [metrics.api(name, "Sum") for name in ("Count", "4xx", "5xx")]),
        ("Latency", [metrics.api("Latency", percentile) for percentile in PERCENTILES]),
        ("Authentication", [metrics.requests(f"Authentication{name}") for name in ("Success", "Failure")]),
    ]


def _functions(metrics: Metrics) -> Sequence[Graph]:
    functions = (metrics.watched.api_function, metrics.watched.cdc_function)

    def both(name: str, statistic: str) -> list[cloudwatch.IMetric]:
        return [metrics.function(function, name, statistic) for function in functions]

    return [
        ("Invocations", both("Invocations", "Sum")),
        ("Errors and throttles", both("Errors", "Sum") + both("Throttles", "Sum")),
        ("Duration, p95", both("Duration", "p95")),
    ]


def _pipeline(metrics: Metrics) -> Sequence[Graph]:
    ends = ("ExecutionsSucceeded", "ExecutionsFailed", "ExecutionsTimedOut")
    outcomes = ("SilverNewEvents", "SilverDuplicates", "SilverSuppressed", "LinesQuarantined", "ObjectsQuarantined")
    differences = [metrics.pipeline(name, "Maximum") for name in ("ReconcileDifferences", "MissingVersions")]
    return [
        ("Passes", [metrics.passes(name) for name in ends]),
        ("Duration of a pass", [metrics.passes("ExecutionTime", "Average")]),
        ("Age of the newest insights", [metrics.insights_age()]),
        (
            "Lines of bronze by outcome",
            [metrics.pipeline("SilverLines"), *(metrics.pipeline(name) for name in outcomes)],
        ),
        ("Differences between table and gold", differences),
        ("Size of the lake", [metrics.stored()]),
    ]


def _change_events(metrics: Metrics) -> Sequence[Graph]:
    watched = metrics.watched
    outcomes = ("RecordsProcessed", "RecordsFiltered", "RecordsFailed", "ProcessingErrors")
    streams = (watched.event_stream, watched.log_stream)
    return [
        ("Records", [metrics.cdc(name) for name in outcomes]),
        ("Stream lag", [metrics.function(watched.cdc_function, "IteratorAge", "Maximum")]),
        ("Dead letters", [metrics.dead_letters()]),
        ("Delivered to bronze", [metrics.delivery(s, "DeliveryToS3.Records", "Sum") for s in streams]),
        ("Delivery success", [metrics.delivery(s, "DeliveryToS3.Success", "Average") for s in streams]),
        ("Delivery delay", [metrics.delivery(s, "DeliveryToS3.DataFreshness", "Maximum") for s in streams]),
    ]


def _table(metrics: Metrics) -> Sequence[Graph]:
    units = [metrics.table(f"Consumed{kind}CapacityUnits") for kind in ("Read", "Write")]
    return [
        ("Units", units),
        ("Throttled", [metrics.throttles()]),
        ("System errors", [metrics.table_errors()]),
    ]


def _users(metrics: Metrics) -> Sequence[Graph]:
    return [
        ("Users", [metrics.business(name) for name in ("TotalUsers", "ActiveUsers")]),
        ("Tasks per user", [metrics.business("AverageTasksPerUser")]),
        ("Replayed writes", [metrics.requests("Replays")]),
    ]


def _tasks(metrics: Metrics) -> Sequence[Graph]:
    by_status = ("TotalTasks", "PendingTasks", "InProgressTasks", "CompletedTasks")
    return [
        ("Tasks", [metrics.business(name) for name in by_status]),
        ("Completion rate", [metrics.business("TaskCompletionRate")]),
        ("High priority", [metrics.business("HighPriorityTasks")]),
    ]


def _cost(metrics: Metrics) -> Sequence[Graph]:
    return [("This month's charges", [metrics.charges(service) for service in CHARGED])]
