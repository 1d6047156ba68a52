"""Errors of queries and of requests, as Athena reports them."""

import re
from collections.abc import Callable

import duckdb


class QueryError(Exception):
    """A query that fails as it would on Athena. `str()` gives the StateChangeReason, `CODE: message`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class RequestError(Exception):
    """A refused API call. `code` is the exception's name in AWS's protocol."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def not_supported(statement: str) -> QueryError:
    """The error for a statement that this endpoint can't run."""
    head = " ".join(statement.split())[:120]
    return QueryError("NOT_SUPPORTED", f"the local Athena endpoint does not support: {head}")


def table_not_found(database: str, table: str) -> QueryError:
    return QueryError("TABLE_NOT_FOUND", f"line 1:1: Table 'awsdatacatalog.{database}.{table}' does not exist")


def schema_not_found(database: str) -> QueryError:
    return QueryError("SCHEMA_NOT_FOUND", f"line 1:1: Schema '{database}' does not exist")


Message = Callable[[re.Match[str]], str]

_BY_TEXT: list[tuple[str, str, Message]] = [
    (r"Division by zero|Could not cast value (?:-?inf|nan)", "DIVISION_BY_ZERO", lambda _: "Division by zero"),
    (
        r"arguments? types? 'strip_accents\(([A-Z ]+)",
        "TYPE_MISMATCH",
        lambda m: f"line 1:1: Cannot apply operator: {m[1].lower()} and varchar",
    ),
    (
        r'Referenced column "([^"]+)" not found|Values list "[^"]*" does not have a column named "([^"]+)"'
        r'|Table "[^"]*" does not have a column named "([^"]+)"|Could not find key "([^"]+)" in struct',
        "COLUMN_NOT_FOUND",
        lambda m: f"line 1:1: Column '{next(g for g in m.groups() if g)}' cannot be resolved",
    ),
    (
        r'Ambiguous reference to column name "([^"]+)"',
        "AMBIGUOUS_NAME",
        lambda m: f"line 1:1: Column '{m[1]}' is ambiguous",
    ),
    (
        r'column "([^"]+)" must appear in the GROUP BY',
        "EXPRESSION_NOT_AGGREGATE",
        lambda m: f"line 1:1: '{m[1]}' must be an aggregate expression or appear in GROUP BY clause",
    ),
    (
        r'(?:Scalar|Aggregate|Table|Macro) Function with name "?([\w.]+)"? does not exist',
        "FUNCTION_NOT_FOUND",
        lambda m: f"line 1:1: Function '{m[1].lower()}' not registered",
    ),
    (
        r"More than one row returned by a subquery",
        "SUBQUERY_MULTIPLE_ROWS",
        lambda _: "Scalar sub-query has returned multiple rows",
    ),
    (
        r"cannot affect the same target row more than once",
        "MERGE_TARGET_ROW_MULTIPLE_MATCHES",
        lambda _: "One MERGE target table row matched more than one source row",
    ),
    (r"Could not convert string '(Cannot cast .+)' to \w+", "INVALID_CAST_ARGUMENT", lambda m: m[1]),
    (
        r"too many: a sequence",
        "INVALID_FUNCTION_ARGUMENT",
        lambda _: "result of sequence function must not have more than 10000 entries",
    ),
    (
        r"not a time zone: ([^']*)",
        "INVALID_FUNCTION_ARGUMENT",
        lambda m: f"'{m[1]}' is not a valid time zone",
    ),
    (r"NOT_SUPPORTED: (.+?)(?:' to \w+|$)", "NOT_SUPPORTED", lambda m: m[1]),
]

_BY_CLASS: list[tuple[type[duckdb.Error], str]] = [
    (duckdb.ParserException, "SYNTAX_ERROR"),
    (duckdb.ConversionException, "INVALID_CAST_ARGUMENT"),
    (duckdb.OutOfRangeException, "NUMERIC_VALUE_OUT_OF_RANGE"),
    (duckdb.BinderException, "TYPE_MISMATCH"),
    (duckdb.CatalogException, "SYNTAX_ERROR"),
    (duckdb.InvalidInputException, "INVALID_FUNCTION_ARGUMENT"),
]


def from_duckdb(error: duckdb.Error) -> QueryError:
    """The Athena error that corresponds to DuckDB's."""
    text = re.sub(r"^[A-Z][A-Za-z ]*Error: ", "", str(error)).strip()
    for pattern, code, message in _BY_TEXT:
        if match := re.search(pattern, text, re.IGNORECASE):
            return QueryError(code, message(match))
    first = text.split("\n")[0]
    code = next((code for kind, code in _BY_CLASS if isinstance(error, kind)), "GENERIC_INTERNAL_ERROR")
    return QueryError(code, first if code == "GENERIC_INTERNAL_ERROR" else f"line 1:1: {first}")
