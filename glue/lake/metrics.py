"""The pipeline's metrics, put to CloudWatch. Not embedded: a line of a Glue job or a build may share its log event.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.literals import StandardUnitType

NAMESPACE: Final = "TodoApi/Pipeline"
# Metric -> the count of a silver pass's manifest. Lines = new + duplicates + suppressed + quarantined.
SILVER: Final = {
    "SilverLines": "lines",
    "SilverNewEvents": "new_events",
    "SilverDuplicates": "duplicates",
    "SilverSuppressed": "suppressed",
    "LinesQuarantined": "quarantined",
    "ObjectsQuarantined": "quarantined_objects",
    "MissingVersions": "missing_versions",
}


def put(
    cloudwatch: "CloudWatchClient",
    values: Mapping[str, float],
    *,
    namespace: str = NAMESPACE,
    units: Mapping[str, "StandardUnitType"] | None = None,
) -> None:
    """Puts each value under its name, without dimensions. units: of values that aren't counts. Raises ClientError."""
    of = units or {}
    cloudwatch.put_metric_data(
        Namespace=namespace,
        MetricData=[
            {"MetricName": name, "Unit": of.get(name, "Count"), "Value": value} for name, value in values.items()
        ],
    )


def put_silver(cloudwatch: "CloudWatchClient", counts: Mapping[str, int]) -> None:
    """Puts a committed pass's counts. MissingVersions counts the gaps in silver now, from any pass."""
    put(cloudwatch, {name: counts[count] for name, count in SILVER.items()})
