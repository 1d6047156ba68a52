"""The actions of the Athena API about query executions; the emulator handles all others."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .errors import RequestError
from .queries import FINAL, Execution, Queries
from .results import Outcome, ResultColumn

if TYPE_CHECKING:
    from mypy_boto3_athena import AthenaClient

PAGE = 1000
PATIENCE = 0.05
"""Seconds that GetQueryExecution waits for a query to finish, so that clients poll less often."""


class AthenaApi:
    """Athena's actions by name; each takes a request's JSON and returns the response's."""

    def __init__(self, queries: Queries, client: "AthenaClient") -> None:
        self._queries = queries
        self._client = client
        self.actions: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "StartQueryExecution": self._start,
            "GetQueryExecution": self._get,
            "BatchGetQueryExecution": self._batch_get,
            "ListQueryExecutions": self._list,
            "GetQueryResults": self._results,
            "StopQueryExecution": self._stop,
        }

    def _start(self, request: dict[str, Any]) -> dict[str, Any]:
        sql = request.get("QueryString", "")
        if not sql.strip():
            raise RequestError("InvalidRequestException", "Query string is empty")
        workgroup = request.get("WorkGroup") or "primary"
        context = request.get("QueryExecutionContext") or {}
        identifier = self._queries.start(
            sql,
            database=context.get("Database") or "default",
            catalog=context.get("Catalog") or "awsdatacatalog",
            workgroup=workgroup,
            folder=self._folder(request, workgroup),
            token=request.get("ClientRequestToken"),
        )
        return {"QueryExecutionId": identifier}

    def _folder(self, request: dict[str, Any], workgroup: str) -> str:
        """The folder for results: the request's, unless the workgroup enforces its own."""
        asked = (request.get("ResultConfiguration") or {}).get("OutputLocation")
        configured, enforced = None, False
        if not asked or workgroup != "primary":
            try:
                found = self._client.get_work_group(WorkGroup=workgroup)["WorkGroup"].get("Configuration", {})
            except self._client.exceptions.InvalidRequestException as error:
                raise RequestError("InvalidRequestException", f"WorkGroup {workgroup} is not found.") from error
            configured = (found.get("ResultConfiguration") or {}).get("OutputLocation")
            enforced = bool(found.get("EnforceWorkGroupConfiguration")) and bool(configured)
        chosen = configured if enforced or not asked else asked
        if not chosen:
            raise RequestError(
                "InvalidRequestException",
                "No output location provided. An output location is required either through the Workgroup result "
                "configuration setting or as an API input.",
            )
        return str(chosen).rstrip("/") + "/"

    def _get(self, request: dict[str, Any]) -> dict[str, Any]:
        execution = self._queries.find(request["QueryExecutionId"])
        execution.finished.wait(PATIENCE)
        return {"QueryExecution": execution.described()}

    def _batch_get(self, request: dict[str, Any]) -> dict[str, Any]:
        found, missing = [], []
        for identifier in request["QueryExecutionIds"]:
            try:
                found.append(self._queries.find(identifier).described())
            except RequestError as error:
                missing.append({"QueryExecutionId": identifier, "ErrorCode": error.code, "ErrorMessage": str(error)})
        return {"QueryExecutions": found, "UnprocessedQueryExecutionIds": missing}

    def _list(self, request: dict[str, Any]) -> dict[str, Any]:
        identifiers = [execution.id for execution in self._queries.newest(request.get("WorkGroup") or "primary")]
        page, token = _page(identifiers, request, 50)
        return {"QueryExecutionIds": page, **token}

    def _stop(self, request: dict[str, Any]) -> dict[str, Any]:
        self._queries.stop(request["QueryExecutionId"])
        return {}

    def _results(self, request: dict[str, Any]) -> dict[str, Any]:
        execution = self._queries.find(request["QueryExecutionId"])
        outcome = _finished(execution)
        header = (
            []
            if outcome.plain or outcome.written is not None or not outcome.columns
            else [[column.name for column in outcome.columns]]
        )
        page, token = _page([*header, *outcome.rows], request, PAGE)
        rows = [{"Data": [{} if value is None else {"VarCharValue": value} for value in row]} for row in page]
        metadata = {"ColumnInfo": [_column_info(column) for column in outcome.columns]}
        return {
            "UpdateCount": outcome.written or 0,
            "ResultSet": {"Rows": rows, "ResultSetMetadata": metadata},
            **token,
        }


def _finished(execution: Execution) -> Outcome:
    if execution.outcome is not None:
        return execution.outcome
    if execution.state in FINAL:
        problem = f"Query did not finish successfully. Final query state: {execution.state}"
    else:
        problem = f"Query has not yet finished. Current state: {execution.state}"
    raise RequestError("InvalidRequestException", problem)


def _page(items: list[Any], request: dict[str, Any], most: int) -> tuple[list[Any], dict[str, str]]:
    """One page of a list, and the NextToken if another page follows."""
    size = min(int(request.get("MaxResults") or most), most)
    try:
        start = int(request.get("NextToken") or 0)
    except ValueError as error:
        raise RequestError("InvalidRequestException", "Invalid NextToken") from error
    end = start + size
    return items[start:end], {"NextToken": str(end)} if end < len(items) else {}


def _column_info(column: ResultColumn) -> dict[str, Any]:
    return {
        "CatalogName": "hive", "SchemaName": "", "TableName": "", "Name": column.name, "Label": column.name,
        "Type": column.type.name, "Precision": column.type.precision, "Scale": column.type.scale,
        "Nullable": "UNKNOWN", "CaseSensitive": column.type.name == "varchar",
    }  # fmt: skip
