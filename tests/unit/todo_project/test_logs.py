import json
import logging
import sys
from typing import Any

from todo_project.logs import JsonFormatter, correlation_id


def formatted(**attributes: Any) -> dict[str, Any]:
    record = logging.LogRecord("a.logger", logging.ERROR, __file__, 1, "it %s", ("broke",), None)
    for name, value in attributes.items():
        setattr(record, name, value)
    line: dict[str, Any] = json.loads(JsonFormatter().format(record))
    return line


def test_line_has_level_logger_and_message() -> None:
    line = formatted()
    assert (line["level"], line["logger"], line["message"]) == ("ERROR", "a.logger", "it broke")
    assert line["time"].endswith("+00:00")


def test_line_has_the_fields_and_the_correlation_id() -> None:
    token = correlation_id.set("trace-1")
    try:
        line = formatted(fields={"status": 200})
    finally:
        correlation_id.reset(token)
    assert (line["status"], line["correlation_id"]) == (200, "trace-1")


def test_exception_is_named_with_its_stack_but_without_its_text() -> None:
    try:
        raise ValueError("ann@example.com wrote this")
    except ValueError:
        line = formatted(exc_info=sys.exc_info())
    assert line["exception"] == "ValueError"
    assert line["stack"][0].startswith(__file__)
    assert "ann@example.com" not in json.dumps(line)
