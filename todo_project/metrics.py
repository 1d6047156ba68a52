"""Metrics as members of a log line, in CloudWatch's embedded metric format: no call, no right, no line of their own.

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
    """Members that make a log line a metric for each value, under its name; the one dimension is `service`."""
    if not values:
        return {}
    directive = {
        "Namespace": NAMESPACE,
        "Dimensions": [["service"]],
        "Metrics": [{"Name": name, "Unit": unit} for name in values],
    }
    about = {"Timestamp": round(time.time() * 1000), "CloudWatchMetrics": [directive]}
    return {"_aws": about, "service": SERVICE, **values}


def outcomes(request: HttpRequest, response: HttpResponseBase) -> dict[str, int]:
    """What API Gateway can't count: who was let in, who was not, which writes were answered from their record."""
    counted = {
        # REST framework leaves here whom it has authenticated.
        "AuthenticationSuccess": getattr(request, "user", None) is not None,
        "AuthenticationFailure": response.status_code == HTTPStatus.UNAUTHORIZED,
        "Replays": response.has_header("Idempotent-Replayed"),
    }
    return {name: 1 for name, happened in counted.items() if happened}
