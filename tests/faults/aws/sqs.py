"""One standard queue: visibility, at least once, 14 days.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.faults.aws.errors import ServiceError

KEPT_S = 14 * 24 * 3600


@dataclass
class Message:
    body: str
    sent_at: float
    visible_at: float


@dataclass
class Queue:
    clock: Callable[[], float]
    messages: dict[str, Message] = field(default_factory=dict)
    sent: int = 0

    def send(self, body: str) -> None:
        self.sent += 1
        self.messages[f"message-{self.sent}"] = Message(body, self.clock(), self.clock())

    def expire(self) -> None:
        self.messages = {name: one for name, one in self.messages.items() if self.clock() - one.sent_at < KEPT_S}

    def handle(self, operation: str, request: dict[str, Any]) -> Any:
        """The answer to an operation. Raises ServiceError."""
        match operation:
            case "ReceiveMessage":
                visible = [name for name, one in self.messages.items() if one.visible_at <= self.clock()]
                return {
                    "Messages": [self._received(name, request) for name in visible[: request["MaxNumberOfMessages"]]]
                }
            case "DeleteMessage":
                self.messages.pop(request["ReceiptHandle"], None)
            case "ChangeMessageVisibility":
                self.messages[request["ReceiptHandle"]].visible_at = self.clock() + request["VisibilityTimeout"]
            case _:
                raise ServiceError("UnknownOperationException", operation)
        return {}

    def _received(self, name: str, request: dict[str, Any]) -> Any:
        found = self.messages[name]
        found.visible_at = self.clock() + request["VisibilityTimeout"]
        digest = hashlib.md5(found.body.encode(), usedforsecurity=False).hexdigest()
        return {"MessageId": name, "ReceiptHandle": name, "Body": found.body, "MD5OfBody": digest}
