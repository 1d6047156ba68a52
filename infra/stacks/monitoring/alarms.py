"""The alarms for operators. Each has a section in docs/how-to/alarms.md and a test in which it fires.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
"""

from dataclasses import dataclass

from aws_cdk import aws_cloudwatch as cloudwatch

from infra.config import Thresholds
from infra.stacks.monitoring.metrics import MINUTE, Metrics

MISSING_IS_GOOD = cloudwatch.TreatMissingData.NOT_BREACHING
MISSING_IS_BAD = cloudwatch.TreatMissingData.BREACHING


@dataclass(frozen=True)
class Rule:
    """Fires once `periods` periods in a row are above the threshold (below it, if `below`).

    missing: how to treat missing data; by default as good, since most metrics exist only with traffic or errors.
    """

    name: str
    meaning: str
    metric: cloudwatch.IMetric
    threshold: float
    periods: int = 1
    below: bool = False
    missing: cloudwatch.TreatMissingData = MISSING_IS_GOOD


def rules(metrics: Metrics, above: Thresholds, silver_failure: str) -> list[Rule]:
    """Every alarm of a stage. silver_failure: the rule that a failed Glue job triggers."""
    return [
        *_api_rules(metrics, above),
        *_function_rules(metrics, above),
        *_change_event_rules(metrics, above),
        *_pipeline_rules(metrics, above, silver_failure),
        *_table_rules(metrics, above),
    ]


def _api_rules(metrics: Metrics, above: Thresholds) -> list[Rule]:
    return [
        Rule("api-4xx", "Many requests are refused.", metrics.api("4xx", "Sum"), above.client_errors),
        Rule("api-5xx", "Requests fail.", metrics.api("5xx", "Sum"), above.server_errors),
        # One slow response, such as a cold start or an erasure, is no problem.
        Rule("api-latency", "Responses are slow.", metrics.api("Latency", "p95"), above.latency_ms, periods=5),
    ]


def _function_rules(metrics: Metrics, above: Thresholds) -> list[Rule]:
    found = []
    for name, function in (("api", metrics.watched.api_function), ("cdc", metrics.watched.cdc_function)):
        errors = metrics.function(function, "Errors", "Sum")
        duration = metrics.function(function, "Duration", "p95", MINUTE)
        found += [
            Rule(f"{name}-errors", f"The {name} function fails.", errors, above.function_errors),
            Rule(f"{name}-duration", f"The {name} function is slow.", duration, above.duration_ms, periods=5),
        ]
    return found


def _change_event_rules(metrics: Metrics, above: Thresholds) -> list[Rule]:
    watched = metrics.watched
    age = metrics.function(watched.cdc_function, "IteratorAge", "Maximum", MINUTE)
    found = [
        Rule("cdc-poison", "Records can't become events.", metrics.cdc("ProcessingErrors"), 0),
        # Refused records are retried; only repeated failures are a problem.
        Rule("cdc-failures", "Records are not delivered.", metrics.cdc("RecordsFailed"), 0, periods=3),
        Rule("cdc-behind", "The stream is read late.", age, above.iterator_age_ms, periods=5),
        Rule("cdc-dead-letters", "Batches of change events were given up.", metrics.dead_letters(), 0),
    ]
    for name, stream in (("events", watched.event_stream), ("logs", watched.log_stream)):
        age = metrics.delivery(stream, "DeliveryToS3.DataFreshness", "Maximum")
        success = metrics.delivery(stream, "DeliveryToS3.Success", "Average")
        found += [
            Rule(f"{name}-late", f"Firehose delivers {name} late.", age, above.delivery_age_s),
            Rule(f"{name}-undelivered", f"Firehose can't write {name} to bronze.", success, 1, below=True),
        ]
    return found


def _pipeline_rules(metrics: Metrics, above: Thresholds, silver_failure: str) -> list[Rule]:
    watched = metrics.watched
    maintenance, reconciliation = watched.maintenance, watched.reconciliation
    return [
        Rule("silver-failed", "The Glue job failed.", metrics.rule(silver_failure), 0),
        Rule("pipeline-failed", "A pass failed.", metrics.passes("ExecutionsFailed"), 0),
        Rule("pipeline-timed-out", "A pass took too long.", metrics.passes("ExecutionsTimedOut"), 0),
        Rule("maintenance-failed", "Gold was not maintained.", metrics.build(maintenance, "FailedBuilds"), 0),
        Rule("reconcile-failed", "Table and gold differ, or weren't compared.",
             metrics.build(reconciliation, "FailedBuilds"), 0),
        Rule("reconcile-differences", "Table and gold differ.", metrics.pipeline("ReconcileDifferences", "Maximum"), 0),
        Rule("quarantined-lines", "Lines in bronze can't be read.", metrics.pipeline("LinesQuarantined"), 0),
        Rule("quarantined-objects", "Objects in bronze can't be unpacked.", metrics.pipeline("ObjectsQuarantined"), 0),
        Rule("missing-versions", "Silver lacks events.", metrics.pipeline("MissingVersions", "Maximum"), 0, periods=2),
        Rule("insights-stale", "The newest insights are old.", metrics.insights_age(), above.insights_age_s,
             periods=4, missing=MISSING_IS_BAD),
    ]  # fmt: skip


def _table_rules(metrics: Metrics, above: Thresholds) -> list[Rule]:
    return [
        Rule("table-throttled", "Requests to the table are throttled.", metrics.throttles(), above.throttles),
        Rule("table-errors", "DynamoDB fails.", metrics.table_errors(), above.table_errors),
    ]
