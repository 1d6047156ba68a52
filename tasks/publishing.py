"""After a pass: gold's insights packed into the table, a transaction for each user and one for the organisation."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Protocol

from tasks import insights, keys
from tasks.insights import REGISTRY, SUMMARY, Insight
from tasks.models import Insight as InsightItem

Row = dict[str, Any]

# What one answer holds at most: the newest of its weeks, days or entries. Gold holds everything.
MOST_WEEKS: Final = 260
MOST_DAYS: Final = 400
MOST_ENTRIES: Final = 1000


class Gold(Protocol):
    """Where the computed insights are read."""

    def rows(self, relation: str) -> Iterable[Row]:
        """All rows of a relation, as JSON can hold them, each with its `user_id`."""


def publish(gold: Gold, *, as_of: str) -> int:
    """Publishes everybody's insights as of a pass; answers for how many users, the organisation aside."""
    by_user: dict[str, dict[str, list[Row]]] = defaultdict(dict)
    for insight in REGISTRY.values():
        for user_key, rows in _grouped(gold.rows(insight.relation)):
            by_user[user_key][insight.name] = rows
    for user_key, rows_of in by_user.items():
        InsightItem.publish(user_key, as_of=as_of, payloads=dict(_payloads(rows_of, as_of)))
    return len(by_user.keys() - {keys.ORGANISATION})


def _grouped(rows: Iterable[Row]) -> Iterator[tuple[str, list[Row]]]:
    """The rows of each user, without the user."""
    by_user: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_user[row["user_id"]].append({column: value for column, value in row.items() if column != "user_id"})
    yield from by_user.items()


def _payloads(rows_of: Mapping[str, list[Row]], as_of: str) -> Iterator[tuple[str, bytes]]:
    for name, insight in REGISTRY.items():
        yield name, insights.packed(_answer(insight, rows_of.get(name, []), as_of))
    headlines = {name: _headline(rows) for name, rows in rows_of.items() if REGISTRY[name].in_summary}
    yield SUMMARY, insights.packed(insights.summary(as_of=as_of, rows=headlines))


def _answer(insight: Insight, rows: list[Row], as_of: str) -> dict[str, Any]:
    period = next((column for column in ("week", "day") if rows and column in rows[0]), None)
    if period is None:
        kept = sorted(rows, key=_entry_order)[:MOST_ENTRIES]
        return insights.answer(insight, as_of=as_of, rows=kept, truncated=len(kept) < len(rows))
    overall = [row for row in rows if row[period] is None]
    ascending = sorted((row for row in rows if row[period] is not None), key=lambda row: str(row[period]))
    kept = ascending[-(MOST_WEEKS if period == "week" else MOST_DAYS) :]
    return insights.answer(
        insight,
        as_of=as_of,
        first=kept[0][period] if kept else None,
        last=kept[-1][period] if kept else None,
        truncated=len(kept) < len(ascending),
        rows=overall + kept,
    )


def _entry_order(row: Row) -> tuple[Any, ...]:
    """The newest first where rows have an age; else by the row's own columns, null last."""
    if "age_days" in row:
        return (row["age_days"], row["task_id"])
    return tuple((value is None, str(value)) for value in row.values())


def _headline(rows: list[Row]) -> list[Row]:
    """What the summary shows of an insight: not its weeks, but the row over all of them."""
    return sorted((row for row in rows if row.get("week") is None), key=_entry_order)
