"""Metrics put by PutMetricData, in the order they came.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from tests.faults.aws.errors import ServiceError


@dataclass
class Metrics:
    """(namespace, name) -> values."""

    values: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))

    def handle(self, operation: str, request: dict[str, Any]) -> Any:
        """The answer to an operation. Raises ServiceError."""
        if operation != "PutMetricData":
            raise ServiceError("UnknownOperationException", operation)
        for datum in request["MetricData"]:
            self.values[request["Namespace"], datum["MetricName"]].append(float(datum["Value"]))
        return {}

    def last(self, namespace: str, name: str) -> float | None:
        """The newest value; None if there never was one."""
        values = self.values[namespace, name]
        return values[-1] if values else None
