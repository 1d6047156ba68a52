"""What Lambda calls: Zappa's handler, whose answers without a body then have no member for one."""

import gc
from typing import Any

# What is imported stays, and a request leaves few cycles: looking for them as often as Python does costs more.
gc.set_threshold(20_000)

from zappa.handler import lambda_handler  # noqa: E402  (what it imports is what the line above is about)


def handler(event: dict[str, Any], context: object) -> Any:
    """Answers an HTTP event of API Gateway, and whatever else Zappa knows to run."""
    answer = lambda_handler(event, context)
    if isinstance(answer, dict) and answer.get("body", "") is None:
        del answer["body"]
    return answer
