"""The log of calls names the caller, the action and the resource as policies do."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.athena.calls import CallLog
from tests.support.endpoint import WORKGROUP, Endpoint

SIGNATURE = "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20260101/us-east-1/glue/aws4_request, SignedHeaders=host"


@pytest.mark.parametrize(
    ("service", "action", "request_", "resource"),
    [
        ("athena", "StartQueryExecution", {"WorkGroup": "w", "QueryString": "select 1"}, "workgroup/w"),
        ("athena", "GetQueryExecution", {"QueryExecutionId": "i"}, "*"),
        ("glue", "GetTable", {"DatabaseName": "d", "Name": "t"}, "table/d/t"),
        ("glue", "GetPartitions", {"DatabaseName": "d", "TableName": "t"}, "table/d/t"),
        ("glue", "UpdateTable", {"DatabaseName": "d", "TableInput": {"Name": "t"}}, "table/d/t"),
        ("glue", "GetTables", {"DatabaseName": "d"}, "database/d"),
        ("glue", "GetDatabase", {"Name": "d"}, "database/d"),
        ("glue", "GetDatabases", {}, "catalog"),
    ],
)
def test_call_is_a_line(tmp_path: Path, service: str, action: str, request_: dict[str, Any], resource: str) -> None:
    log = CallLog(tmp_path / "calls")
    log.add(service, action, request_, SIGNATURE)
    log.add(service, action, request_, "")
    lines = [json.loads(line) for line in (tmp_path / "calls").read_text().splitlines()]
    assert lines == [
        {"caller": caller, "action": f"{service}:{action}", "resource": resource} for caller in ("AKIAEXAMPLE", "")
    ]


def test_endpoint_logs_the_calls_of_its_clients(endpoint: Endpoint) -> None:
    endpoint.ok("select 1")
    assert endpoint.calls_log is not None
    lines = [json.loads(line) for line in endpoint.calls_log.read_text(encoding="utf-8").splitlines()]
    started = {"caller": "test", "action": "athena:StartQueryExecution", "resource": f"workgroup/{WORKGROUP}"}
    assert started in lines
