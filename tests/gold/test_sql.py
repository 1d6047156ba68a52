"""What dbt sends is Athena engine 3's SQL: it parses as such, and calls nothing that Trino doesn't document."""

from collections import Counter
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from tests.support.gold_lake import GoldLake

# As in Trino's reference, "Functions and operators".
DOCUMENTED = {
    "AT_TIMEZONE", "BOOL_OR", "CAST", "COALESCE", "COUNT", "COUNT_IF", "DATE_ADD", "DATE_DIFF", "DATE_TRUNC",
    "DAY_OF_WEEK", "GREATEST", "LAST_DAY_OF_MONTH", "LEAD", "LEAST", "LPAD", "MAX", "MIN", "NULLIF", "QUARTER",
    "REPLACE", "ROW", "ROW_NUMBER", "SEQUENCE", "SIGN", "SUBSTR", "SUM", "TRY", "TRY_CAST", "UNNEST", "WEEK_OF_YEAR",
    "WITH_TIMEZONE", "YEAR", "YEAR_OF_WEEK",
}  # fmt: skip


def undocumented(sql: str) -> set[str]:
    """The functions of the statements that DOCUMENTED doesn't hold. Raises sqlglot's ParseError."""
    called = {
        node.sql("trino").partition("(")[0].upper()
        for tree in sqlglot.parse(sql, read="athena")
        if tree
        for node in tree.find_all(exp.Func)
        if not isinstance(node, exp.Connector | exp.Case | exp.If)
    }
    return called - DOCUMENTED


def named_twice(sql: str) -> set[str]:
    """Columns that a query of the statements names twice, which Trino refuses as ambiguous where they are used."""
    queries = [query for tree in sqlglot.parse(sql, read="athena") if tree for query in tree.find_all(exp.Select)]
    named = [[c for c in query.expressions if isinstance(c, exp.Alias | exp.Column)] for query in queries]
    counts = [Counter(column.alias_or_name.lower() for column in columns) for columns in named]
    return {name for count in counts for name, n in count.items() if n > 1 and name != "*"}


def test_every_compiled_statement_is_athenas(built: GoldLake) -> None:
    files = sorted((built.target() / "compiled").rglob("*.sql"))
    assert len(files) > len(list(Path("analytics_dbt/models").rglob("*.sql")))
    assert {file.name: found for file in files if (found := undocumented(file.read_text()))} == {}
    assert {file.name: found for file in files if (found := named_twice(file.read_text()))} == {}


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("select list_sort(a) from t", {"LIST_SORT"}),
        ("select epoch_ms(a), count(*) from t where strptime(b, 'x') = c", {"EPOCH_MS", "STRPTIME"}),
        ("with a as (select row_number() over (order by b) as n from t) select n from a where n in (1, 2)", set()),
    ],
)
def test_a_foreign_function_is_found(sql: str, found: set[str]) -> None:
    assert undocumented(sql) == found


def test_a_column_named_twice_is_found() -> None:
    assert named_twice("with a as (select b, c, b from t) select c from a") == {"b"}
    assert named_twice("with a as (select b, c as d from t) select a.b, u.b as e from a cross join u") == set()


def test_a_statement_of_another_dialect_does_not_parse() -> None:
    with pytest.raises(sqlglot.ParseError):
        undocumented("select a::int from t qualify ) over")
