"""What Lambda calls: Zappa's handler, whose answers without a body then have no member for one."""

from typing import Any

from zappa.handler import lambda_handler


def handler(event: dict[str, Any], context: object) -> Any:
    """Answers an HTTP event of API Gateway, and whatever else Zappa knows to run."""
    answer = lambda_handler(event, context)
    if isinstance(answer, dict) and answer.get("body", "") is None:
        del answer["body"]
    return answer
