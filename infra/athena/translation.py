"""Parses Athena's SQL and writes DuckDB's. sqlglot does both; `rules` corrects the meaning in between."""

from sqlglot import exp

# Imported before any thread starts: sqlglot registers a dialect before its module is complete.
from sqlglot.dialects.athena import Athena
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import ErrorLevel, ParseError, SqlglotError, TokenError, UnsupportedError

from .errors import QueryError
from .function_rules import RULES
from .nodes import Node
from .strictness import check_tokens, check_tree


def parse(sql: str) -> Node:
    """The tree of one statement of Athena's SQL. Raises QueryError with SYNTAX_ERROR."""
    athena = Athena()
    try:
        tokens = athena.tokenize(sql)
        check_tokens(tokens)
        trees = [tree for tree in athena.parser().parse(tokens, sql) if tree is not None]
    except (ParseError, TokenError) as error:
        raise QueryError("SYNTAX_ERROR", _where(error)) from error
    if len(trees) != 1:
        raise QueryError("SYNTAX_ERROR", "line 1:1: Only one sql statement is allowed")
    check_tree(trees[0])
    return trees[0]


def _where(error: SqlglotError) -> str:
    if isinstance(error, ParseError) and error.errors:
        first = error.errors[0]
        return f"line {first['line']}:{first['col']}: mismatched input. {first['description']}"
    return f"line 1:1: {str(error).splitlines()[0]}"


def name_columns(tree: Node) -> None:
    """Gives a query's nameless columns Athena's names: `_col0`, `_col1`."""
    for position, column in nameless_columns(tree):
        column.replace(exp.alias_(column.copy(), f"_col{position}"))


def nameless_columns(tree: Node) -> list[tuple[int, Node]]:
    """A query's nameless columns, with their positions from 0."""
    query = tree
    while isinstance(query, (exp.SetOperation, exp.Subquery)):
        query = query.this
    columns = query.expressions if isinstance(query, exp.Select) else []
    named = (exp.Alias, exp.Column, exp.Dot, exp.Star)
    return [(i, column) for i, column in enumerate(columns) if not isinstance(column, named)]


def to_duckdb(tree: Node) -> str:
    """The DuckDB SQL for a parsed tree, which it changes."""
    for node in reversed(list(tree.walk(bfs=True))):
        rule = RULES.get(type(node))
        if rule is None:
            continue
        replacement = rule(node)
        if replacement is not node:
            node.replace(replacement)
    try:
        return tree.sql(dialect=DuckDB, identify=True, unsupported_level=ErrorLevel.RAISE)
    except UnsupportedError as error:
        raise QueryError("NOT_SUPPORTED", f"line 1:1: {error}") from error
