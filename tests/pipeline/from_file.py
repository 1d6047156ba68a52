"""The figures of a history straight from its file; shares no code with the product.

A row is (timestamp, task, owner, status, priority, category, title); a task's rows are its versions in order.
"""

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from tests.pipeline.figures import PERCENTS, Figures

Row = dict[str, str]


def read(path: Path) -> list[Row]:
    content = path.read_bytes()
    text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode()
    return list(csv.DictReader(text.splitlines()))


def figures_by_owner(rows: Iterable[Row]) -> dict[str, Figures]:
    """Owner -> figures in UTC, and under `*` those of all owners together."""
    tasks: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        tasks[row["owner"], row["task"]].append(row)
    found: dict[str, Figures] = defaultdict(Figures)
    lead_seconds: dict[str, list[int]] = defaultdict(list)
    for (owner, _), versions in tasks.items():
        completed_at = _completed_at(versions)
        for name in (owner, "*"):
            found[name].statuses[versions[-1]["status"]] += 1
            if completed_at is not None:
                year, week, _day = completed_at.isocalendar()
                found[name].weeks[f"{year}-W{week:02d}"] += 1
                lead_seconds[name].append(int((completed_at - _times(versions)[0]).total_seconds()))
    for name, values in lead_seconds.items():
        values.sort()
        found[name].lead = (len(values), *(_nearest_rank(values, percent) for percent in PERCENTS))
    return dict(found)


def _nearest_rank(ascending: list[int], percent: int) -> int:
    return ascending[-(-percent * len(ascending) // 100) - 1]


def _completed_at(versions: list[Row]) -> datetime | None:
    """The latest entry into completed, of a task that ends completed."""
    if versions[-1]["status"] != "completed":
        return None
    entered, previous = None, None
    for row, time in zip(versions, _times(versions), strict=True):
        if row["status"] == "completed" and previous != "completed":
            entered = time
        previous = row["status"]
    return entered


def _times(versions: list[Row]) -> list[datetime]:
    """Effective times: a row is never earlier than the one before it."""
    times: list[datetime] = []
    for row in versions:
        time = datetime.fromisoformat(row["timestamp"])
        times.append(max(time, times[-1]) if times else time)
    return times
