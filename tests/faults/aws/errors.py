"""How a service refuses."""

from typing import Any


class ServiceError(Exception):
    """A refusal as a service of AWS words it; `extra` are members beside the message."""

    def __init__(self, code: str, message: str = "", *, status: int = 400, **extra: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.extra = extra
