"""What Lambda runs by the clock."""

import logging
from typing import Any

from tasks.accounts import erasure
from tasks.models import Publication, instants
from todo_project.metrics import embedded

logger = logging.getLogger("todo_api.scheduled")


def finish_erasures(_event: dict[str, Any], _context: object) -> int:
    """Goes on with the erasures that are not over; answers how many items that deleted."""
    return erasure.finish_all(instants.now())


def measure_freshness(_event: dict[str, Any], _context: object) -> float | None:
    """Logs the age of the newest insights in seconds, as a metric; None, and no metric, before the first pass."""
    last = Publication.last()
    if last is None:
        return None
    age = (instants.now() - instants.parse_instant(last.as_of)).total_seconds()
    logger.info("freshness", extra={"fields": embedded({"InsightAge": age}, unit="Seconds")})
    return age
