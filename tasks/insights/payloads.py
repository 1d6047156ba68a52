"""Bodies of insight responses: limited to the newest rows and to an item's size, and compressed for the item."""

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Any, Final

from tasks.insights.registry import MAX_ENTRIES, ORGANIZATION, SUMMARY, Insight, Period, definition

Row = dict[str, Any]

MAX_BYTES: Final = 100_000


@dataclass(frozen=True, slots=True)
class Found:
    """An owner's rows of a relation, the most important ones first, and how many gold has."""

    rows: list[Row] = field(default_factory=list)
    total: int = 0


@dataclass(frozen=True, slots=True)
class Packed:
    """An item's payload; `total` is the number of entries in gold, None for insights with periods."""

    payload: bytes
    total: int | None = None


def pack(wanted: Iterable[Insight], found: Mapping[str, Found], *, as_of: str, today: date) -> dict[str, Packed]:
    """Returns an owner's packed bodies and summary by name. `found`: rows by insight; `today`: as_of's local day."""
    packed = {}
    headlines = {}
    for insight in wanted:
        own = found.get(insight.name, Found())
        body, payload = _fitting(_bodies(insight, own, as_of, today))
        packed[insight.name] = Packed(payload, None if insight.period else own.total)
        if insight.in_summary:
            headlines[insight.name] = _summary_rows(insight, body["rows"])
    packed[SUMMARY] = Packed(_fitting(_summaries(headlines, as_of))[1])
    return packed


def period_of(period: Period, day: date) -> str:
    """Returns the day or its ISO week, as rows and query strings write it."""
    if period.unit == "day":
        return day.isoformat()
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def _fitting(bodies: Iterable[Row]) -> tuple[Row, bytes]:
    """Returns the first body that fits into an item; each body is smaller than the previous one."""
    tried = ((body, compress(body)) for body in bodies)
    return next((body, payload) for body, payload in tried if len(payload) <= MAX_BYTES)


def _sizes(most: int) -> Iterator[int]:
    """Yields sizes from `most` down to 0, each about a tenth smaller."""
    while most:
        yield most
        most = most * 9 // 10
    yield 0


def _bodies(insight: Insight, found: Found, as_of: str, today: date) -> Iterator[Row]:
    if insight.period is None:
        for size in _sizes(min(MAX_ENTRIES, len(found.rows))):
            yield insight_body(insight, as_of=as_of, rows=found.rows[:size], truncated=size < found.total)
        return
    column = insight.period.column
    overall = [row for row in found.rows if row[column] is None]
    newest_first = sorted((row for row in found.rows if row[column] is not None), key=lambda row: row[column])[::-1]
    groups = [(period, list(rows)[::-1]) for period, rows in groupby(newest_first, key=lambda row: row[column])]
    for size in _sizes(min(insight.period.most, len(groups))):
        kept = groups[:size][::-1]
        yield insight_body(
            insight,
            as_of=as_of,
            first=kept[0][0] if kept else None,
            # Weeks without a completion have no row, and a completion may be later than as_of.
            last=max(kept[-1][0], period_of(insight.period, today)) if kept else None,
            truncated=size < len(groups),
            rows=overall + [row for _, rows in kept for row in rows],
        )


def _summary_rows(insight: Insight, rows: list[Row]) -> list[Row]:
    """Returns the summary's rows of an insight: for one with weeks, only the overall row."""
    return [row for row in rows if row[insight.period.column] is None] if insight.period else rows


def _summaries(headlines: Mapping[str, list[Row]], as_of: str) -> Iterator[Row]:
    for size in _sizes(max((len(rows) for rows in headlines.values()), default=0)):
        yield summary(as_of=as_of, rows={name: rows[:size] for name, rows in headlines.items()})


def insight_body(
    insight: Insight,
    *,
    as_of: str | None = None,
    first: str | None = None,
    last: str | None = None,
    truncated: bool = False,
    rows: list[dict[str, Any]],
) -> dict[str, Any]:
    """Returns the body of `GET /api/v1/insights/<name>`; `first` and `last` are the published bounds."""
    return {
        "insight": insight.name,
        "definition": definition(insight),
        "unit": insight.unit,
        "as_of": as_of,
        "from": first,
        "to": last,
        "truncated": truncated,
        "rows": rows,
    }


def summary(*, as_of: str | None, rows: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Returns the body of `GET /api/v1/insights`; insights without rows have an empty list."""
    names = [insight.name for insight in ORGANIZATION.values() if insight.in_summary]
    return {"as_of": as_of, "insights": {name: rows.get(name, []) for name in names}}


def empty_body(name: str) -> dict[str, Any]:
    """Returns the body to send before the first pass."""
    return summary(as_of=None, rows={}) if name == SUMMARY else insight_body(ORGANIZATION[name], rows=[])


def to_json(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def compress(body: dict[str, Any]) -> bytes:
    """Compresses a body to an item's `payload`."""
    return zlib.compress(to_json(body), 9)


def decompress(payload: bytes) -> bytes:
    """Returns a payload's body as JSON, ready to send."""
    return zlib.decompress(payload)
