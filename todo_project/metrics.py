"""Metrics in log lines, in CloudWatch's embedded metric format: they need no call, permission or extra line.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase

NAMESPACE: Final = "TodoApi/Api"
SERVICE: Final = "api"


def embedded(values: Mapping[str, float], *, unit: str = "Count") -> dict[str, object]:
    """Returns the members that add a metric to a log line for each value; the only dimension is `service`."""
    if not values:
        return {}
    directive = {
        "Namespace": NAMESPACE,
        "Dimensions": [["service"]],
        "Metrics": [{"Name": name, "Unit": unit} for name in values],
    }
    metadata = {"Timestamp": round(time.time() * 1000), "CloudWatchMetrics": [directive]}
    return {"_aws": metadata, "service": SERVICE, **values}


def outcomes(request: HttpRequest, response: HttpResponseBase) -> dict[str, int]:
    """Counts what API Gateway can't: successful and failed authentication, and replayed writes."""
    conditions = {
        # REST framework sets the authenticated user on the request.
        "AuthenticationSuccess": getattr(request, "user", None) is not None,
        "AuthenticationFailure": response.status_code == HTTPStatus.UNAUTHORIZED,
        "Replays": response.has_header("Idempotent-Replayed"),
    }
    return {name: 1 for name, happened in conditions.items() if happened}
