"""What the translation rules share."""

from collections.abc import Callable
from typing import Any

from sqlglot import exp

Node = exp.Expr
Rule = Callable[[Any], Node]
"""Takes a node whose children are translated; returns its replacement, or the node itself."""

COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ)


def call(name: str, *arguments: Node | str) -> exp.Anonymous:
    """A call of a DuckDB function; plain text arguments are string literals."""
    nodes = [exp.Literal.string(a) if isinstance(a, str) else a.copy() for a in arguments]
    return exp.Anonymous(this=name, expressions=nodes)


def is_text(node: Node) -> bool:
    """Whether the node is a text literal."""
    return isinstance(node, exp.Literal) and bool(node.is_string)
