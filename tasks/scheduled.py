"""Scheduled Lambda functions."""

import logging
from typing import Any

from tasks.accounts import erasure
from tasks.models import Publication, instants
from todo_project.metrics import embedded

logger = logging.getLogger("todo_api.scheduled")


def finish_erasures(_event: dict[str, Any], _context: object) -> int:
    """Continues all unfinished erasures and returns how many items it deleted."""
    return erasure.finish_all(instants.now())


def measure_freshness(_event: dict[str, Any], _context: object) -> float | None:
    """Logs the age of the newest insights as a metric, in seconds. Before the first pass: None and no metric."""
    last = Publication.last()
    if last is None:
        return None
    age = (instants.now() - instants.parse_instant(last.as_of)).total_seconds()
    logger.info("freshness", extra={"fields": embedded({"InsightAge": age}, unit="Seconds")})
    return age
