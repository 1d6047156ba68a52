"""The Lambda handler: Zappa's, without the member `body` in responses that have none."""

import gc
from typing import Any

# Imports are permanent and a request leaves few cycles, so Python's default frequency of collection is a waste.
gc.set_threshold(20_000)

from zappa.handler import lambda_handler  # noqa: E402  (its imports are why the threshold is set first)


def handler(event: dict[str, Any], context: object) -> Any:
    """Responds to an HTTP event of API Gateway, or runs another event that Zappa supports."""
    response = lambda_handler(event, context)
    if isinstance(response, dict) and response.get("body", "") is None:
        del response["body"]
    return response
