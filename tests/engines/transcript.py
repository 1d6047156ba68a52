"""What was said to the local Athena endpoint, in order, and what it answered."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.support.endpoint import WORKGROUP, Endpoint
from tests.support.running import TYPES

BATCH = 50


@dataclass(frozen=True)
class Statement:
    """One statement that succeeded. rows: a query's answer as Python values; None of a statement that answers none."""

    identifier: str
    sql: str
    rows: list[tuple[Any, ...]] | None


def executions(endpoint: Endpoint) -> set[str]:
    """The ids of all that was said so far."""
    pages = endpoint.athena.get_paginator("list_query_executions").paginate(WorkGroup=WORKGROUP)
    return {identifier for page in pages for identifier in page["QueryExecutionIds"]}


def said_since(endpoint: Endpoint, before: set[str]) -> Iterator[Statement]:
    """All statements but those, in the order in which they were sent; those that failed have changed nothing."""
    ids = sorted(executions(endpoint) - before)
    found: list[Any] = []
    for start in range(0, len(ids), BATCH):
        batch = endpoint.athena.batch_get_query_execution(QueryExecutionIds=ids[start : start + BATCH])
        found += batch["QueryExecutions"]
    for execution in sorted(found, key=lambda each: each["Status"]["SubmissionDateTime"]):
        if execution["Status"]["State"] == "SUCCEEDED":
            rows = _rows(endpoint, execution) if execution["SubstatementType"] == "SELECT" else None
            yield Statement(execution["QueryExecutionId"], execution["Query"], rows)


def _rows(endpoint: Endpoint, execution: Any) -> list[tuple[Any, ...]]:
    pages = endpoint.athena.get_paginator("get_query_results").paginate(QueryExecutionId=execution["QueryExecutionId"])
    rows: list[list[str | None]] = []
    for page in pages:
        types = [column["Type"] for column in page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]]
        rows += [[cell.get("VarCharValue") for cell in row["Data"]] for row in page["ResultSet"]["Rows"]]
    return [
        tuple(None if value is None else TYPES.get(kind, str)(value) for value, kind in zip(row, types, strict=True))
        for row in rows[1:]
    ]
