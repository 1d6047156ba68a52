"""Logs as one JSON object per line, each with the correlation id of its request."""

import json
import logging
import re
import secrets
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime

SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)

correlation_id: ContextVar[str | None] = ContextVar("correlation_id", default=None)


def valid_or_new_id(sent: str | None) -> str:
    """Returns the client's correlation id if it is a plain token of at most 64 characters, else a new one."""
    return sent if sent and SANE_ID.fullmatch(sent) else secrets.token_hex(8)


class JsonFormatter(logging.Formatter):
    """Formats a record; `extra={"fields": {...}}` adds members to the line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "correlation_id": correlation_id.get(),
        }
        line.update(getattr(record, "fields", {}))
        if record.exc_info and record.exc_info[0]:
            # Omits the exception's text, which may quote user input.
            line["exception"] = record.exc_info[0].__name__
            line["stack"] = [
                f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(record.exc_info[2])
            ]
        return json.dumps(line, ensure_ascii=False, default=str)
