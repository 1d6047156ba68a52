"""The events that a history's file stands for, read from its rows alone; shares no code with the product.

A row is (timestamp, task, owner, status, priority, category, title); a task's rows are its versions in order.
"""

import csv
import gzip
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from tests.support.replay import Event

Row = dict[str, str]


def read(path: Path) -> list[Row]:
    content = path.read_bytes()
    text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode()
    return list(csv.DictReader(text.splitlines()))


def events(rows: Iterable[Row], user_ids: Mapping[str, str]) -> Iterator[Event]:
    """One event a row. user_ids: owner -> the lake's user_id. A task's id is its owner's and its own name."""
    versions: Counter[tuple[str, str]] = Counter()
    for row in rows:
        task = (row["owner"], row["task"])
        versions[task] += 1
        yield {
            "event_id": f"task:{task}:{versions[task]}",
            "event_name": "insert" if versions[task] == 1 else "modify",
            "entity": "task",
            "entity_id": "/".join(task),
            "user_key": user_ids[row["owner"]],
            "version": versions[task],
            "changed_at": row["timestamp"],
            "actor": "import",
            "after": {name: row[name] or None for name in ("status", "priority", "category")},
        }
