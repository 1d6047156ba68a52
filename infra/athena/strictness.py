"""Refuses what DuckDB accepts and Trino does not, so that it fails on the laptop as on AWS."""

from collections.abc import Callable, Iterator

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from .errors import QueryError

Node = exp.Expr
ColumnsOf = Callable[[exp.Select], list[str]]


def check_tokens(tokens: list[Token]) -> None:
    """Refuses `x::type` and `struct<...>`."""
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        struct = token.token_type == TokenType.STRUCT and following is not None and following.token_type == TokenType.LT
        if token.token_type == TokenType.DCOLON or struct:
            raise _syntax_error(f"line {token.line}:{token.col}: mismatched input '{token.text}'")


def check_tree(tree: Node) -> None:
    """Refuses clauses of other dialects."""
    for node in tree.walk():
        if isinstance(node, exp.Distinct) and node.args.get("on"):
            raise _syntax_error("line 1:1: mismatched input 'ON'")
        if isinstance(node, exp.Star) and any(node.args.values()):
            raise _syntax_error("line 1:1: mismatched input after '*'")
        if isinstance(node, exp.Group) and node.args.get("all"):
            raise _syntax_error("line 1:1: mismatched input 'ALL'")
        if isinstance(node, exp.ILike):
            raise _syntax_error("line 1:1: mismatched input 'ILIKE'")


def check_aliases(tree: Node, columns_of: ColumnsOf) -> None:
    """Refuses a column's alias in WHERE, GROUP BY, HAVING or another column: Trino allows it only in ORDER BY.

    `columns_of` gives the columns of a SELECT * over the same FROM; it raises QueryError if it can't tell.
    """
    for select in tree.find_all(exp.Select):
        aliases = {
            projection.alias.lower()
            for projection in select.expressions
            if isinstance(projection, exp.Alias) and projection.this.name.lower() != projection.alias.lower()
        }
        used = [column for column in _bare_columns(select) if column.name.lower() in aliases]
        if not used:
            continue
        try:
            known = {name.lower() for name in columns_of(_everything(select))}
        except QueryError:
            continue
        for column in used:
            if column.name.lower() not in known:
                raise QueryError("COLUMN_NOT_FOUND", f"line 1:1: Column '{column.name}' cannot be resolved")


def _bare_columns(select: exp.Select) -> Iterator[exp.Column]:
    """Unqualified columns of this SELECT itself, outside ORDER BY and FROM."""
    parts = [*select.expressions, *(select.args.get(name) for name in ("where", "group", "having"))]
    for part in parts:
        if part is None:
            continue
        for column in part.find_all(exp.Column):
            if not column.table and column.find_ancestor(exp.Select) is select and not _is_lambda_name(column):
                yield column


def _is_lambda_name(column: exp.Column) -> bool:
    function = column.find_ancestor(exp.Lambda)
    return function is not None and column.name in {argument.name for argument in function.expressions}


def _everything(select: exp.Select) -> exp.Select:
    """SELECT * over the same FROM, with the common table expressions that it can see."""
    query = exp.Select(expressions=[exp.Star()])
    for name in ("from_", "joins", "laterals"):
        if part := select.args.get(name):
            query.set(name, [p.copy() for p in part] if isinstance(part, list) else part.copy())
    visible: list[Node] = []
    node: Node | None = select
    while node is not None:
        if (clause := node.args.get("with_")) is not None:
            visible = [*(cte.copy() for cte in clause.expressions), *visible]
        node = node.parent
    if visible:
        query.set("with_", exp.With(expressions=visible))
    return query


def _syntax_error(message: str) -> QueryError:
    return QueryError("SYNTAX_ERROR", message)
