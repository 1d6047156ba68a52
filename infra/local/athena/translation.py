"""Trino's SQL, as Athena takes it, made DuckDB's.

sqlglot parses and writes; the rules here mend what it leaves with DuckDB's meaning. A rule gets a node whose
children are already translated, and returns its replacement. Functions named `trino_*` are in
trino_functions.sql.
"""

from collections.abc import Callable
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, ParseError, SqlglotError, TokenError, UnsupportedError

from .errors import QueryError

Node = exp.Expr
Rule = Callable[[Any], Node]

INTEGERS = {exp.DType.TINYINT, exp.DType.SMALLINT, exp.DType.INT, exp.DType.BIGINT}
TIMESTAMPS = {exp.DType.TIMESTAMP, exp.DType.TIMESTAMPTZ, exp.DType.DATETIME}
TEXTS = {exp.DType.VARCHAR, exp.DType.CHAR}
COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ)
DATE_TEXT = r"\s*[+-]?\d+-\d{1,2}-\d{1,2}\s*"
TIMESTAMP_TEXT = DATE_TEXT[:-3] + r"( \d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?\S+)?)?\s*"
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


def parse(sql: str) -> Node:
    """One statement of Athena's SQL as a tree. Raises QueryError, SYNTAX_ERROR, if it is none."""
    try:
        trees = [tree for tree in sqlglot.parse(sql, read="athena") if tree is not None]
    except (ParseError, TokenError) as error:
        raise QueryError("SYNTAX_ERROR", _where(error)) from error
    if len(trees) != 1:
        raise QueryError("SYNTAX_ERROR", "line 1:1: Only one sql statement is allowed")
    return trees[0]


def _where(error: SqlglotError) -> str:
    if isinstance(error, ParseError) and error.errors:
        first = error.errors[0]
        return f"line {first['line']}:{first['col']}: mismatched input. {first['description']}"
    return f"line 1:1: {str(error).splitlines()[0]}"


def to_duckdb(tree: Node) -> str:
    """DuckDB's SQL for a parsed tree, which is changed on the way."""
    for node in reversed(list(tree.walk(bfs=True))):
        rule = RULES.get(type(node))
        if rule is None:
            continue
        replacement = rule(node)
        if replacement is not node:
            node.replace(replacement)
    try:
        return tree.sql(dialect="duckdb", identify=True, unsupported_level=ErrorLevel.RAISE)
    except UnsupportedError as error:
        raise QueryError("NOT_SUPPORTED", f"line 1:1: {error}") from error


def call(name: str, *arguments: Node | str) -> exp.Anonymous:
    """A call of a DuckDB function; plain text arguments are string literals."""
    nodes = [exp.Literal.string(a) if isinstance(a, str) else a.copy() for a in arguments]
    return exp.Anonymous(this=name, expressions=nodes)


def _divide(node: exp.Div) -> Node:
    return call("trino_divide", node.this, node.expression)


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
        return call("trino_add_interval", node.this, call("to_months", exp.Mul(this=exp.Literal.number(3), expression=whole)))
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
    return exp.cast(_now(_), exp.DType.TIMESTAMP)


def _at_time_zone(node: exp.AtTimeZone) -> Node:
    return call("trino_at_time_zone", node.this, node.args["zone"])


def _instant(node: Node) -> Node:
    """Compared, a value in a zone is just its instant."""
    bare = node.unnest()
    if isinstance(bare, exp.Anonymous) and bare.name == "trino_at_time_zone":
        return exp.cast(bare.expressions[0].copy(), exp.DType.TIMESTAMPTZ)
    return node


def _compare(node: exp.Binary) -> Node:
    left, right = _instant(node.left), _instant(node.right)
    if _is_text(left) and not _is_text(right):
        left = call("trino_text", right, left)
    elif _is_text(right) and not _is_text(left):
        right = call("trino_text", left, right)
    return type(node)(this=left.copy(), expression=right.copy())


def _is_text(node: Node) -> bool:
    return isinstance(node, exp.Literal) and bool(node.is_string)


def _between(node: exp.Between) -> Node:
    subject = _instant(node.this)
    low, high = (
        call("trino_text", subject, bound) if _is_text(bound) else _instant(bound).copy()
        for bound in (node.args["low"], node.args["high"])
    )
    return exp.Between(this=subject.copy(), low=low, high=high)


def _in(node: exp.In) -> Node:
    checked = [call("trino_text", node.this, e) if _is_text(e) else e.copy() for e in node.expressions]
    node.set("expressions", checked)
    return node


def _cast(node: exp.Cast) -> Node:
    target, trying = node.to.this, isinstance(node, exp.TryCast)
    if target == exp.DType.TEXT:
        raise QueryError("SYNTAX_ERROR", "line 1:1: Unknown type: string")
    if target in TEXTS:
        return _cast_to_text(node)
    if target in TIMESTAMPS:
        node.to.set("expressions", [])
    if isinstance(node.this, exp.Null):
        return node
    if isinstance(node.this, exp.Literal):
        return _cast_literal(node)
    if target in INTEGERS:
        node.set("this", call("trino_try_integral" if trying else "trino_integral", node.this))
    elif target == exp.DType.DATE or target in TIMESTAMPS:
        pattern = DATE_TEXT if target == exp.DType.DATE else TIMESTAMP_TEXT
        node.set("this", call("trino_try_temporal_text" if trying else "trino_temporal_text", node.this, pattern))
    return node


def _cast_literal(node: exp.Cast) -> Node:
    if node.to.this == exp.DType.DECIMAL and not node.to.expressions and _is_text(node.this):
        return exp.Literal.number(node.this.name)
    return node


def _cast_to_text(node: exp.Cast) -> Node:
    if isinstance(node.this, exp.Null) or _is_text(node.this):
        text: Node = exp.cast(node.this.copy(), exp.DType.VARCHAR)
    else:
        text = call("trino_varchar", node.this)
    length = node.to.expressions
    return call("substr", text, exp.Literal.number(1), length[0].this) if length else text


def _date(node: exp.Date) -> Node:
    return _cast(exp.Cast(this=node.this.copy(), to=exp.DataType.build("date")))


def _arg_max(node: Node) -> Node:
    name = "arg_max" if isinstance(node, exp.ArgMax) else "arg_min"
    if count := node.args.get("count"):
        return call(name, node.this, node.expression, count)
    return call(f"{name}_null", node.this, node.expression)


def _approx_percentile(node: exp.ApproxQuantile) -> Node:
    """Exact here, so that equal data give equal answers."""
    if node.args.get("weight") or node.args.get("accuracy"):
        raise QueryError("NOT_SUPPORTED", "line 1:1: approx_percentile with weights or accuracy")
    return call("quantile_disc", node.this, node.args["quantile"])


def _sequence(node: exp.GenerateSeries) -> Node:
    start, end, step = node.args["start"], node.args["end"], node.args.get("step")
    return call("trino_sequence_step", start, end, step) if step else call("trino_sequence", start, end)


def _slice(node: exp.ArraySlice) -> Node:
    return call("trino_slice", node.this, node.args["start"], node.args["end"])


def _reduce(node: exp.Reduce) -> Node:
    finish = node.args.get("finish")
    if isinstance(finish, exp.Lambda) and finish.this == finish.expressions[0]:
        node.set("finish", None)
    return node


def _json_scalar(node: exp.JSONExtractScalar) -> Node:
    path = node.expression
    text = path.sql(dialect="trino").strip("'") if isinstance(path, exp.JSONPath) else None
    return call("trino_json_extract_scalar", node.this, path if text is None else text)


def _regexp_extract(node: exp.RegexpExtract) -> Node:
    group = node.args.get("group") or exp.Literal.number(0)
    return call("trino_regexp_extract", node.this, node.expression, group)


def _strftime(node: Node) -> Node:
    """MySQL's `%v` is DuckDB's `%V`."""
    pattern = node.args.get("format")
    if isinstance(pattern, exp.Literal):
        node.set("format", exp.Literal.string(pattern.name.replace("%v", "%V")))
    return node


def _joda(pattern: Node) -> str:
    """A Joda pattern as strftime's. Raises QueryError for letters that have no counterpart."""
    if not _is_text(pattern):
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


def _count_matches(node: exp.Anonymous) -> exp.Anonymous:
    return call("length", call("list_filter", *node.expressions))


def _with_timezone(node: exp.Anonymous) -> Node:
    parent = node.parent
    while isinstance(parent, exp.Paren):
        parent = parent.parent
    if not isinstance(parent, (exp.AtTimeZone, exp.TimeToUnix, *COMPARISONS)):
        raise QueryError("NOT_SUPPORTED", "line 1:1: with_timezone, but for its instant")
    moment = exp.cast(node.expressions[0].copy(), exp.DType.TIMESTAMP)
    return exp.AtTimeZone(this=moment, zone=node.expressions[1].copy())


BY_NAME: dict[str, Rule] = {
    "AT_TIMEZONE": lambda n: call("trino_at_time_zone", *n.expressions),
    "WITH_TIMEZONE": _with_timezone,
    "FORMAT_DATETIME": lambda n: call("strftime", n.expressions[0], _joda(n.expressions[1])),
    "TO_ISO8601": lambda n: call("trino_to_iso8601", *n.expressions),
    "TO_MILLISECONDS": _milliseconds_between,
    "YOW": lambda n: call("isoyear", *n.expressions),
    "MILLISECOND": lambda n: exp.Mod(this=call("millisecond", *n.expressions), expression=exp.Literal.number(1000)),
    "EVERY": lambda n: call("bool_and", *n.expressions),
    "ANY_MATCH": lambda n: exp.GT(this=_count_matches(n), expression=exp.Literal.number(0)),
    "NONE_MATCH": lambda n: exp.EQ(this=_count_matches(n), expression=exp.Literal.number(0)),
    "ALL_MATCH": lambda n: exp.EQ(this=_count_matches(n), expression=call("length", n.expressions[0])),
    "MAP_AGG": lambda n: exp.Map(keys=call("list", n.expressions[0]), values=call("list", n.expressions[1])),
}


def _by_name(node: exp.Anonymous) -> Node:
    rule = BY_NAME.get(node.name.upper())
    return rule(node) if rule else node


RULES: dict[type, Rule] = {
    exp.Div: _divide,
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
    exp.TimeToUnix: lambda n: call("trino_to_unixtime", n.this),
    exp.Between: _between,
    exp.In: _in,
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.Date: _date,
    exp.ArgMax: _arg_max,
    exp.ArgMin: _arg_max,
    exp.ApproxQuantile: _approx_percentile,
    exp.GenerateSeries: _sequence,
    exp.ArraySlice: _slice,
    exp.Reduce: _reduce,
    exp.JSONExtractScalar: _json_scalar,
    exp.RegexpExtract: _regexp_extract,
    exp.TimeToStr: _strftime,
    exp.StrToTime: _strftime,
    exp.ParseDatetime: _parse_datetime,
    exp.Anonymous: _by_name,
    **dict.fromkeys(COMPARISONS, _compare),
}
