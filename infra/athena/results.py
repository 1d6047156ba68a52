"""Values as Athena prints them."""

import datetime
import io
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from duckdb.sqltypes import DuckDBPyType

from .errors import QueryError
from .types import ResultType, fields_of, result_type

SMALLEST_PLAIN, FIRST_SCIENTIFIC = 1e-3, 1e7
Row = list[str | None]


@dataclass(frozen=True)
class ResultColumn:
    name: str
    type: ResultType


TEXT = ResultType("string")
ROWS = [ResultColumn("rows", ResultType("bigint", 19))]


@dataclass
class Outcome:
    """A statement's result set, and the number of rows it wrote, if any.

    `plain` says that the result is lines of text without a header, as of SHOW and DESCRIBE.
    """

    columns: list[ResultColumn] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    written: int | None = None
    plain: bool = False

    def as_csv(self) -> bytes:
        """The file that Athena writes for a query: every field quoted, nulls empty and unquoted."""
        out = io.StringIO()
        header: Row = [column.name for column in self.columns]
        for row in [header, *self.rows]:
            out.write(",".join("" if v is None else '"' + v.replace('"', '""') + '"' for v in row) + "\n")
        return out.getvalue().encode()

    def as_text(self) -> bytes:
        return "".join("\t".join(v or "" for v in row) + "\n" for row in self.rows).encode()


def lines(texts: list[str], column: str = "result") -> Outcome:
    """A result of one column of text, as of SHOW."""
    return Outcome([ResultColumn(column, TEXT)], [[text] for text in texts], plain=True)


def rendered(columns: list[tuple[str, DuckDBPyType]], rows: list[tuple[Any, ...]]) -> Outcome:
    """A query's result in Athena's types and text."""
    kinds = [kind for _, kind in columns]
    return Outcome(
        [ResultColumn(name, result_type(kind)) for name, kind in columns],
        [[render(value, kind) for value, kind in zip(row, kinds, strict=True)] for row in rows],
    )


def render(value: Any, kind: DuckDBPyType) -> str | None:
    """One value's text; None for null."""
    if value is None:
        return None
    if kind.id == "timestamp_ns":
        raise QueryError("NOT_SUPPORTED", "a result in a time zone of its own; cast it to timestamp or date")
    if isinstance(value, (list, dict, tuple)):
        return _render_nested(value, kind)
    writer = next((write for python, write in _WRITERS if isinstance(value, python)), str)
    return writer(value)


def _render_timestamp(value: datetime.datetime) -> str:
    if value.tzinfo is not None:
        value = value.astimezone(datetime.UTC)
        return value.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] + " UTC"
    return f"{value:%Y-%m-%d %H:%M:%S}.{value.microsecond // 1000:03d}"


def _render_interval(value: datetime.timedelta) -> str:
    sign = "-" if value < datetime.timedelta(0) else ""
    value = abs(value)
    hours, rest = divmod(value.seconds, 3600)
    return f"{sign}{value.days} {hours:02d}:{rest // 60:02d}:{rest % 60:02d}.{value.microseconds // 1000:03d}"


def _render_nested(value: Any, kind: DuckDBPyType) -> str:
    def inner(item: Any, inner_kind: DuckDBPyType) -> str:
        text = render(item, inner_kind)
        return "null" if text is None else text

    if kind.id == "struct":
        return "{" + ", ".join(f"{name}={inner(value.get(name), child)}" for name, child in fields_of(kind)) + "}"
    children = [child for _, child in kind.children if isinstance(child, DuckDBPyType)]
    if kind.id == "map":
        return "{" + ", ".join(f"{inner(k, children[0])}={inner(v, children[1])}" for k, v in value.items()) + "}"
    return "[" + ", ".join(inner(item, children[0]) for item in value) + "]"


def render_double(value: float) -> str:
    """A double as Java prints it: plain from 0.001 to ten million, else with an exponent."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 or SMALLEST_PLAIN <= abs(value) < FIRST_SCIENTIFIC:
        return f"{Decimal(repr(value)):f}" if "e" in repr(value) else repr(value)
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    text = "".join(map(str, digits))
    return f"{'-' if sign else ''}{text[0]}.{text[1:] or '0'}E{int(exponent) + len(digits) - 1}"


_WRITERS: list[tuple[type, Callable[[Any], str]]] = [
    (bool, lambda value: "true" if value else "false"),
    (float, render_double),
    (Decimal, lambda value: f"{value:f}"),
    (datetime.datetime, _render_timestamp),
    (datetime.timedelta, _render_interval),
    (bytes, lambda value: value.hex(" ")),
]
