"""Rewrites Trino's functions of dates, timestamps and time zones for DuckDB."""

from sqlglot import exp

from .errors import QueryError
from .nodes import COMPARISONS, Node, Rule, call, is_text

INTERVAL_FUNCTIONS = {
    "YEAR": "to_years", "MONTH": "to_months", "WEEK": "to_weeks", "DAY": "to_days", "HOUR": "to_hours",
    "MINUTE": "to_minutes", "SECOND": "to_seconds", "MILLISECOND": "to_milliseconds",
}  # fmt: skip
EXTRACTED = {
    "DOW": "isodow", "DAY_OF_WEEK": "isodow", "DAYOFWEEK": "isodow", "DAY_OF_MONTH": "day", "DOY": "dayofyear",
    "DAY_OF_YEAR": "dayofyear", "YEAR_OF_WEEK": "isoyear", "YOW": "isoyear", "WEEK_OF_YEAR": "week",
}  # fmt: skip

JODA = {
    "yyyy": "%Y", "YYYY": "%Y", "yy": "%y", "xxxx": "%G", "ww": "%V", "MM": "%m", "M": "%-m", "MMM": "%b",
    "MMMM": "%B", "dd": "%d", "d": "%-d", "HH": "%H", "H": "%-H", "hh": "%I", "h": "%-I", "mm": "%M",
    "m": "%-M", "ss": "%S", "s": "%-S", "SSS": "%g", "EEE": "%a", "EEEE": "%A", "a": "%p", "e": "%u", "D": "%-j",
}  # fmt: skip


def _unit(node: Node) -> str:
    unit = node.args.get("unit")
    return str(unit.name if unit is not None else "DAY").upper()


def _date_trunc(node: Node) -> Node:
    return call("trino_date_trunc", _unit(node).lower(), node.this)


def _date_diff(node: exp.DateDiff) -> Node:
    return call("date_sub", _unit(node).lower(), node.expression, node.this)


def _date_add(node: exp.DateAdd) -> Node:
    unit = _unit(node)
    amount = node.expression
    if isinstance(amount, exp.Interval):
        amount = amount.this
    if isinstance(amount, exp.Literal) and amount.is_string:
        amount = exp.Literal.number(amount.name)
    whole = exp.cast(amount.copy(), exp.DType.INT)
    if unit == "QUARTER":
        return call(
            "trino_add_interval", node.this, call("to_months", exp.Mul(this=exp.Literal.number(3), expression=whole))
        )
    if unit not in INTERVAL_FUNCTIONS:
        raise QueryError("INVALID_FUNCTION_ARGUMENT", f"line 1:1: '{unit.lower()}' is not a valid Timestamp field")
    return call("trino_add_interval", node.this, call(INTERVAL_FUNCTIONS[unit], whole))


def _is_interval(node: Node) -> bool:
    if isinstance(node, (exp.Paren, exp.Neg)):
        return _is_interval(node.this)
    if isinstance(node, exp.Mul):
        return _is_interval(node.left) or _is_interval(node.right)
    return isinstance(node, exp.Interval)


def _add(node: exp.Add) -> Node:
    if _is_interval(node.left) != _is_interval(node.right):
        interval, other = (node.left, node.right) if _is_interval(node.left) else (node.right, node.left)
        return call("trino_add_interval", other, interval)
    return node


def _subtract(node: exp.Sub) -> Node:
    if _is_interval(node.right) and not _is_interval(node.left):
        return call("trino_add_interval", node.left, exp.Neg(this=exp.paren(node.right.copy())))
    return node


def _extract(node: exp.Extract) -> Node:
    field = EXTRACTED.get(node.this.name.upper())
    return node if field is None else exp.Extract(this=exp.var(field), expression=node.expression.copy())


def _now(_: Node) -> Node:
    return call("date_trunc", "milliseconds", call("now"))


def _local_now(_: Node) -> Node:
    return exp.cast(_now(_), exp.DType.TIMESTAMP_MS)


def _at_time_zone(node: exp.AtTimeZone) -> Node:
    return call("trino_at_time_zone", node.this, node.args["zone"])


def _with_timezone(node: exp.Anonymous) -> Node:
    parent = node.parent
    while isinstance(parent, exp.Paren):
        parent = parent.parent
    moved = isinstance(parent, exp.Anonymous) and parent.name.upper() == "AT_TIMEZONE"
    if not moved and not isinstance(parent, (exp.AtTimeZone, exp.TimeToUnix, *COMPARISONS)):
        raise QueryError("NOT_SUPPORTED", "line 1:1: with_timezone, except where only its instant matters")
    moment = exp.cast(node.expressions[0].copy(), exp.DType.TIMESTAMP)
    return exp.AtTimeZone(this=moment, zone=call("trino_zone", node.expressions[1]))


def _strftime(node: Node) -> Node:
    """Replaces MySQL's `%v` by DuckDB's `%V`."""
    pattern = node.args.get("format")
    if isinstance(pattern, exp.Literal):
        node.set("format", exp.Literal.string(pattern.name.replace("%v", "%V")))
    return node


def _joda(pattern: Node) -> str:
    """A Joda pattern in strftime's form. Raises QueryError for letters without a counterpart."""
    if not is_text(pattern):
        raise QueryError("NOT_SUPPORTED", "line 1:1: a date format that is not a literal")
    text, out, position = pattern.name, "", 0
    while position < len(text):
        char = text[position]
        if char == "'":
            end = text.find("'", position + 1)
            out += text[position + 1 : end] or "'"
            position = end + 1
        elif char.isalpha():
            run = len(text) - position - len(text[position:].lstrip(char))
            if char * run not in JODA:
                raise QueryError("NOT_SUPPORTED", f"line 1:1: date format letters {char * run}")
            out += JODA[char * run]
            position += run
        else:
            out += "%%" if char == "%" else char
            position += 1
    return out


def _parse_datetime(node: exp.ParseDatetime) -> Node:
    return exp.cast(call("strptime", node.this, _joda(node.args["format"])), exp.DType.TIMESTAMPTZ)


def _milliseconds_between(node: exp.Anonymous) -> Node:
    difference = node.expressions[0].unnest()
    if not isinstance(difference, exp.Sub):
        raise QueryError("NOT_SUPPORTED", "line 1:1: to_milliseconds of anything but a difference")
    return call("date_sub", "millisecond", difference.right, difference.left)


TIME_RULES: dict[type, Rule] = {
    exp.TimestampTrunc: _date_trunc,
    exp.DateTrunc: _date_trunc,
    exp.DateDiff: _date_diff,
    exp.DateAdd: _date_add,
    exp.Add: _add,
    exp.Sub: _subtract,
    exp.Extract: _extract,
    exp.CurrentTimestamp: _now,
    exp.Localtimestamp: _local_now,
    exp.AtTimeZone: _at_time_zone,
    exp.TimeToUnix: lambda node: call("trino_to_unixtime", node.this),
    exp.TimeToStr: _strftime,
    exp.StrToTime: lambda node: exp.cast(_strftime(node).copy(), exp.DType.TIMESTAMP_MS),
    exp.ParseDatetime: _parse_datetime,
}
TIME_FUNCTIONS: dict[str, Rule] = {
    "AT_TIMEZONE": lambda node: call("trino_at_time_zone", *node.expressions),
    "WITH_TIMEZONE": _with_timezone,
    "FORMAT_DATETIME": lambda node: call("strftime", node.expressions[0], _joda(node.expressions[1])),
    "TO_ISO8601": lambda node: call("trino_to_iso8601", *node.expressions),
    "TO_MILLISECONDS": _milliseconds_between,
    "YOW": lambda node: call("isoyear", *node.expressions),
    "MILLISECOND": lambda node: exp.Mod(
        this=call("millisecond", *node.expressions), expression=exp.Literal.number(1000)
    ),
}
