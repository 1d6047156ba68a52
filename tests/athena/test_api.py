"""Athena's API: executions, results in pages and in S3."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.endpoint import BUCKET, DATABASE, WORKGROUP, Endpoint

SLOW = (
    "select count(*) from unnest(sequence(1, 9000)) a(x), unnest(sequence(1, 9000)) b(y), unnest(sequence(1, 900)) c(z)"
)


def test_execution_is_described_as_on_athena(endpoint: Endpoint) -> None:
    execution = endpoint.ok("select 1 as one").execution
    assert execution["StatementType"] == "DML"
    assert execution["SubstatementType"] == "SELECT"
    assert execution["WorkGroup"] == WORKGROUP
    assert execution["QueryExecutionContext"] == {"Database": DATABASE, "Catalog": "awsdatacatalog"}
    assert execution["Status"]["CompletionDateTime"] >= execution["Status"]["SubmissionDateTime"]


@pytest.mark.parametrize(
    ("sql", "kinds"),
    [
        ("-- a comment\nwith x as (select 1 a) select * from x;", ("DML", "SELECT")),
        ("/* one */ show tables", ("UTILITY", "SHOW")),
        ("create schema if not exists tests", ("DDL", "CREATE_DATABASE")),
        ("drop table if exists nothing", ("DDL", "DROP_TABLE")),
        ("explain select 1", ("UTILITY", "EXPLAIN")),
    ],
)
def test_statement_is_classified(endpoint: Endpoint, sql: str, kinds: tuple[str, str]) -> None:
    execution = endpoint.ok(sql).execution
    assert (execution["StatementType"], execution["SubstatementType"]) == kinds


def test_results_come_in_pages_with_one_header(endpoint: Endpoint) -> None:
    identifier = endpoint.start("select x from unnest(sequence(1, 25)) as t(x) order by x")
    endpoint.wait(identifier)
    first = endpoint.athena.get_query_results(QueryExecutionId=identifier, MaxResults=10)
    second = endpoint.athena.get_query_results(QueryExecutionId=identifier, MaxResults=10, NextToken=first["NextToken"])
    assert [row["Data"][0]["VarCharValue"] for row in first["ResultSet"]["Rows"]] == ["x", *map(str, range(1, 10))]
    assert [row["Data"][0]["VarCharValue"] for row in second["ResultSet"]["Rows"]] == list(map(str, range(10, 20)))


def test_more_than_a_page_of_rows_arrives_complete(endpoint: Endpoint) -> None:
    rows = endpoint.ok("select x from unnest(sequence(1, 2500)) as t(x) order by x").rows
    assert rows == [[str(n)] for n in range(1, 2501)]


def test_result_file_is_written_to_the_workgroups_location(endpoint: Endpoint) -> None:
    execution = endpoint.ok("select 'a \"b\"' as x, null as y, 1 as z").execution
    location = execution["ResultConfiguration"]["OutputLocation"]
    assert location == f"s3://{BUCKET}/results/{execution['QueryExecutionId']}.csv"
    body = endpoint.s3.get_object(Bucket=BUCKET, Key=location.removeprefix(f"s3://{BUCKET}/"))["Body"].read()
    assert body == b'"x","y","z"\n"a ""b""",,"1"\n'


def test_result_file_is_written_to_the_requests_location(endpoint: Endpoint) -> None:
    configuration: Any = {"OutputLocation": f"s3://{BUCKET}/elsewhere"}
    execution = endpoint.ok("show databases", ResultConfiguration=configuration).execution
    location = execution["ResultConfiguration"]["OutputLocation"]
    assert location == f"s3://{BUCKET}/elsewhere/{execution['QueryExecutionId']}.txt"
    body = endpoint.s3.get_object(Bucket=BUCKET, Key=location.removeprefix(f"s3://{BUCKET}/"))["Body"].read()
    assert DATABASE in body.decode().splitlines()


def test_start_without_any_output_location_is_refused(endpoint: Endpoint) -> None:
    endpoint.athena.create_work_group(Name="nowhere")
    with pytest.raises(ClientError, match="No output location provided"):
        endpoint.start("select 1", WorkGroup="nowhere")


def test_start_in_an_unknown_workgroup_is_refused(endpoint: Endpoint) -> None:
    with pytest.raises(ClientError, match="WorkGroup unknown is not found"):
        endpoint.start("select 1", WorkGroup="unknown")


def test_start_with_a_repeated_token_starts_nothing(endpoint: Endpoint) -> None:
    token = "a-token-that-is-at-least-32-characters"
    assert endpoint.start("select 1", ClientRequestToken=token) == endpoint.start("select 1", ClientRequestToken=token)


def test_results_of_a_failed_query_are_refused(endpoint: Endpoint) -> None:
    identifier = endpoint.run("select 1 / 0").execution["QueryExecutionId"]
    with pytest.raises(ClientError, match="Final query state: FAILED"):
        endpoint.athena.get_query_results(QueryExecutionId=identifier)


def test_unknown_execution_is_refused(endpoint: Endpoint) -> None:
    with pytest.raises(ClientError, match="was not found"):
        endpoint.athena.get_query_execution(QueryExecutionId="no-such-id")


def test_stopped_query_is_cancelled_and_stops(endpoint: Endpoint) -> None:
    identifier = endpoint.start(SLOW)
    while (
        endpoint.athena.get_query_execution(QueryExecutionId=identifier)["QueryExecution"]["Status"]["State"]
        == "QUEUED"
    ):
        time.sleep(0.01)
    endpoint.athena.stop_query_execution(QueryExecutionId=identifier)
    assert endpoint.wait(identifier)["Status"]["State"] == "CANCELLED"
    assert endpoint.ok("select 1").value == "1"


def test_executions_are_listed_newest_first_and_fetched_together(endpoint: Endpoint) -> None:
    older = endpoint.ok("select 1").execution["QueryExecutionId"]
    newer = endpoint.ok("select 2").execution["QueryExecutionId"]
    listed = endpoint.athena.list_query_executions(WorkGroup=WORKGROUP, MaxResults=2)["QueryExecutionIds"]
    assert listed == [newer, older]
    response = endpoint.athena.batch_get_query_execution(QueryExecutionIds=[newer, older, "no-such-id"])
    assert [execution["Query"] for execution in response["QueryExecutions"]] == ["select 2", "select 1"]
    assert [item["QueryExecutionId"] for item in response["UnprocessedQueryExecutionIds"]] == ["no-such-id"]


def test_queries_run_beside_each_other(endpoint: Endpoint) -> None:
    slow = endpoint.start(SLOW)
    assert endpoint.ok("select 1").value == "1"
    assert endpoint.athena.get_query_execution(QueryExecutionId=slow)["QueryExecution"]["Status"]["State"] == "RUNNING"
    endpoint.athena.stop_query_execution(QueryExecutionId=slow)


def test_explain_shows_a_plan(endpoint: Endpoint) -> None:
    plan = endpoint.ok("explain select 1 as one")
    assert plan.names == ["Query Plan"]
    assert any("Projection" in str(row[0]) for row in plan.rows)


def test_views_keep_the_text_that_they_were_made_of(endpoint: Endpoint) -> None:
    endpoint.ok("create or replace view api_view as select 1 as a, 'x' as b")
    endpoint.ok("create or replace view api_view as\nselect 2 as a, 'y' as b")
    assert endpoint.ok("select * from api_view").rows == [["2", "y"]]
    assert endpoint.ok("show create view api_view").rows[1:] == [["select 2 as a, 'y' as b"]]
    table = endpoint.glue.get_table(DatabaseName=DATABASE, Name="api_view")["Table"]
    assert table["TableType"] == "VIRTUAL_VIEW"
    assert [c["Type"] for c in table["StorageDescriptor"]["Columns"]] == ["int", "string"]
    assert json.dumps(table["Parameters"]) == '{"presto_view": "true", "comment": "Presto View"}'


def test_information_schema_shows_the_catalog(endpoint: Endpoint) -> None:
    endpoint.ok("create or replace view info_view as select date '2026-01-01' as a")
    sql = "select column_name, data_type from information_schema.columns where table_name = 'info_view'"
    assert endpoint.ok(sql).rows == [["a", "date"]]


def test_dialects_are_whole_before_any_query_needs_them() -> None:
    """Two first queries at once must not meet a dialect of sqlglot's whose module is loaded by half."""
    code = "import infra.athena.translation, sys; print('\\n'.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True
    )
    assert {"sqlglot.dialects.athena", "sqlglot.dialects.duckdb"} <= set(done.stdout.split())
