"""Rewrites Trino's operators, casts and functions for DuckDB, where sqlglot's translation changes the meaning.

Functions named `trino_*` are in trino_functions.sql.
"""

import re

from sqlglot import exp

from .errors import QueryError
from .nodes import COMPARISONS, Node, Rule, call, is_text
from .time_rules import TIME_FUNCTIONS, TIME_RULES
from .types import MILLISECONDS

INTEGERS = {exp.DType.TINYINT, exp.DType.SMALLINT, exp.DType.INT, exp.DType.BIGINT}
TIMESTAMPS = {exp.DType.TIMESTAMP, exp.DType.TIMESTAMPTZ, exp.DType.DATETIME}
TEXTS = {exp.DType.VARCHAR, exp.DType.CHAR}
DATE_TEXT = r"\s*[+-]?\d+-\d{1,2}-\d{1,2}\s*"
TIMESTAMP_TEXT = DATE_TEXT[:-3] + r"( \d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?\S+)?)?\s*"


def _divide(node: exp.Div) -> Node:
    return call("trino_divide", node.this, node.expression)


def _instant(node: Node) -> Node:
    """A comparison uses only the instant of a value with a zone."""
    bare = node.unnest()
    if isinstance(bare, exp.Anonymous) and bare.name == "trino_at_time_zone":
        return exp.cast(bare.expressions[0].copy(), exp.DType.TIMESTAMPTZ)
    return node


def _compare(node: exp.Binary) -> Node:
    if isinstance(node.parent, exp.Update):
        return node
    left, right = _instant(node.left), _instant(node.right)
    if is_text(left) and not is_text(right):
        left = call("trino_text", right, left)
    elif is_text(right) and not is_text(left):
        right = call("trino_text", left, right)
    return type(node)(this=left.copy(), expression=right.copy())


def _between(node: exp.Between) -> Node:
    subject = _instant(node.this)
    low, high = (
        call("trino_text", subject, bound) if is_text(bound) else _instant(bound).copy()
        for bound in (node.args["low"], node.args["high"])
    )
    return exp.Between(this=subject.copy(), low=low, high=high)


def _in(node: exp.In) -> Node:
    checked = [call("trino_text", node.this, e) if is_text(e) else e.copy() for e in node.expressions]
    node.set("expressions", checked)
    return node


def _cast(node: exp.Cast) -> Node:
    target, trying = node.to.this, isinstance(node, exp.TryCast)
    if target == exp.DType.TEXT:
        raise QueryError("SYNTAX_ERROR", "line 1:1: Unknown type: string")
    if target in TEXTS:
        return _cast_to_text(node)
    for nested in [kind for kind in node.to.find_all(exp.DataType) if kind is not node.to]:
        _set_digits(nested, MILLISECONDS)
    if target in TIMESTAMPS:
        return _cast_to_timestamp(node, trying)
    if isinstance(node.this, exp.Null):
        return node
    if isinstance(node.this, exp.Literal) and (node.this.is_int or target not in INTEGERS):
        return _cast_literal(node, trying)
    if target in INTEGERS:
        node.set("this", call("trino_try_integral" if trying else "trino_integral", node.this))
    elif target == exp.DType.DATE:
        _check_temporal_text(node, trying)
    return node


def _cast_to_timestamp(node: exp.Cast, trying: bool) -> Node:
    """The precision of a timestamp defaults to 3, or to a literal's digits if there are more."""
    digits = 0
    if not isinstance(node.this, exp.Null) and (is_text(node.this) or not isinstance(node.this, exp.Literal)):
        _check_temporal_text(node, trying)
    if is_text(node.this):
        digits = len(node.this.name.partition(".")[2].partition(" ")[0])
    _set_digits(node.to, max(digits, MILLISECONDS))
    return node


def _set_digits(kind: exp.DataType, unsaid: int) -> None:
    """DuckDB has a type for three digits of a second and one for six."""
    if kind.this not in TIMESTAMPS:
        return
    digits = int(kind.expressions[0].name) if kind.expressions else unsaid
    kind.set("expressions", [])
    if kind.this == exp.DType.TIMESTAMP and digits <= MILLISECONDS:
        kind.set("this", exp.DType.TIMESTAMP_MS)


def _check_temporal_text(node: exp.Cast, trying: bool) -> None:
    pattern = DATE_TEXT if node.to.this == exp.DType.DATE else TIMESTAMP_TEXT
    if not is_text(node.this) or not re.fullmatch(pattern, node.this.name):
        checked = call("trino_try_temporal_text" if trying else "trino_temporal_text", node.this, pattern)
        node.set("this", checked)


def _cast_literal(node: exp.Cast, trying: bool) -> Node:
    if not is_text(node.this):
        return node
    if node.to.this == exp.DType.DECIMAL and not node.to.expressions:
        return exp.Literal.number(node.this.name)
    if node.to.this == exp.DType.DATE:
        _check_temporal_text(node, trying)
    return node


def _cast_to_text(node: exp.Cast) -> Node:
    if isinstance(node.this, exp.Null) or is_text(node.this):
        text: Node = exp.cast(node.this.copy(), exp.DType.VARCHAR)
    else:
        text = call("trino_varchar", node.this)
    length = node.to.expressions
    return call("substr", text, exp.Literal.number(1), length[0].this) if length else text


def _date(node: exp.Date) -> Node:
    return _cast(exp.Cast(this=node.this.copy(), to=exp.DataType.build("date")))


def _unnest(node: exp.Unnest) -> Node:
    """Moves UNNEST of several arrays into a SELECT, the only place where DuckDB takes it."""
    if len(node.expressions) == 1:
        return node
    if node.args.get("offset"):
        raise QueryError("NOT_SUPPORTED", "line 1:1: UNNEST of several arrays WITH ORDINALITY")
    rows = exp.Select(expressions=[call("unnest", array) for array in node.expressions])
    return exp.Subquery(this=rows, alias=node.args["alias"].copy() if node.args.get("alias") else None)


def _count_if(node: exp.CountIf) -> Node:
    """0 for no rows, where DuckDB's own count_if gives null."""
    return exp.Count(this=exp.Case(ifs=[exp.If(this=node.this.copy(), true=exp.Literal.number(1))]))


def _arg_max(node: Node) -> Node:
    name = "arg_max" if isinstance(node, exp.ArgMax) else "arg_min"
    if count := node.args.get("count"):
        return call(name, node.this, node.expression, count)
    return call(f"{name}_null", node.this, node.expression)


def _approx_percentile(node: exp.ApproxQuantile) -> Node:
    """An exact percentile, so that equal data give equal results."""
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


def _count_matches(node: exp.Anonymous) -> exp.Anonymous:
    return call("length", call("list_filter", *node.expressions))


FUNCTIONS: dict[str, Rule] = {
    **TIME_FUNCTIONS,
    "EVERY": lambda node: call("bool_and", *node.expressions),
    "ANY_MATCH": lambda node: exp.GT(this=_count_matches(node), expression=exp.Literal.number(0)),
    "NONE_MATCH": lambda node: exp.EQ(this=_count_matches(node), expression=exp.Literal.number(0)),
    "ALL_MATCH": lambda node: exp.EQ(this=_count_matches(node), expression=call("length", node.expressions[0])),
    "MAP_AGG": lambda node: exp.Map(keys=call("list", node.expressions[0]), values=call("list", node.expressions[1])),
}


def _by_name(node: exp.Anonymous) -> Node:
    rule = FUNCTIONS.get(node.name.upper())
    return rule(node) if rule else node


RULES: dict[type, Rule] = {
    **TIME_RULES,
    **dict.fromkeys(COMPARISONS, _compare),
    exp.Div: _divide,
    exp.Between: _between,
    exp.In: _in,
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.Date: _date,
    exp.Unnest: _unnest,
    exp.CountIf: _count_if,
    exp.ArgMax: _arg_max,
    exp.ArgMin: _arg_max,
    exp.ApproxQuantile: _approx_percentile,
    exp.GenerateSeries: _sequence,
    exp.ArraySlice: _slice,
    exp.ArrayDistinct: lambda node: call("trino_array_distinct", node.this),
    exp.Reduce: _reduce,
    exp.JSONExtractScalar: _json_scalar,
    exp.RegexpExtract: _regexp_extract,
    exp.Anonymous: _by_name,
}
