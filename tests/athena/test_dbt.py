"""The real dbt-athena adapter on the endpoint: every kind of model, built, refreshed, built again."""

import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.support.endpoint import REGION, Endpoint
from tests.support.patience import LONG

PROJECT = Path(__file__).with_name("dbt_project")
COMMANDS = [
    ["build", "--vars", "{until: 9}"],
    ["run", "--full-refresh", "--select", "merged_tasks", "table_users", "--vars", "{until: 9}"],
    ["build"],
    ["source", "freshness"],
]
Outcomes = list[dict[str, dict[str, str]]]


@pytest.fixture(scope="module")
def outcomes(endpoint: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    """For each command: its nodes' statuses and messages. The second build finds twice as many events."""
    folder = tmp_path_factory.mktemp("dbt")
    columns = {
        "entity_id": "string", "version": "bigint", "user_id": "string", "occurred_at": "timestamp",
        "after": "struct<status:string>",
    }  # fmt: skip
    endpoint.create_table("dbt_events", columns, "dbt_events", keys={"dt": "date"})
    for day in (1, 2):
        file = folder / f"{day}.parquet"
        with duckdb.connect() as connection:
            connection.execute(
                f"COPY (SELECT 't' || i % 3 AS entity_id, {day} * 5 + i AS version, 'u' || i % 2 AS user_id, "
                f"timestamp '2026-01-0{day} 10:00:00' AS occurred_at, "
                f"{{'status': if((i + {day}) % 2 = 0, 'completed', 'pending')}} AS after FROM range(5) t(i)) "
                f"TO '{file}' (FORMAT parquet)"
            )
        endpoint.put(f"dbt_events/p{day}/x.parquet", file.read_bytes())
        endpoint.add_partition("dbt_events", [f"2026-01-0{day}"], f"dbt_events/p{day}")
    return invoke(endpoint, folder, COMMANDS)


def invoke(endpoint: Endpoint, folder: Path, commands: list[list[str]]) -> Outcomes:
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(folder), "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION, "AWS_ENDPOINT_URL": endpoint.emulator, "AWS_ENDPOINT_URL_ATHENA": endpoint.url,
        "AWS_ENDPOINT_URL_GLUE": endpoint.url,
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, str(PROJECT / "run.py"), str(PROJECT), str(folder / "target"), json.dumps(commands)],
        env=environment, cwd=folder, capture_output=True, text=True, timeout=LONG, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    outcomes: Outcomes = json.loads(done.stdout.splitlines()[-1])
    return outcomes


@pytest.mark.parametrize("command", range(len(COMMANDS)), ids=[" ".join(c) for c in COMMANDS])
def test_dbt_command_passes_on_every_node(outcomes: Outcomes, command: int) -> None:
    nodes = outcomes[command]
    wrong = {name: node for name, node in nodes.items() if node["status"] not in ("success", "pass")}
    assert nodes
    assert wrong == {}


def test_build_covers_every_kind_of_node(outcomes: Outcomes) -> None:
    assert {
        "view_events", "table_users", "merged_tasks", "overwritten_days", "iceberg_labels", "labels", "task_history",
        "users_are_counted",
    } <= set(outcomes[2])  # fmt: skip


def test_incremental_models_hold_the_refresh_and_the_increment(endpoint: Endpoint, outcomes: Outcomes) -> None:
    expected = [["t0", "13", "pending"], ["t1", "14", "completed"], ["t2", "12", "completed"]]
    assert endpoint.ok("select entity_id, version, status from dbt_tests.merged_tasks order by 1").rows == expected
    days = endpoint.ok("select dt, sum(events) from dbt_tests.overwritten_days group by 1 order by 1").rows
    assert days == [["2026-01-01", "5"], ["2026-01-02", "5"]]


def test_table_model_has_its_contracts_columns_and_comments(endpoint: Endpoint, outcomes: Outcomes) -> None:
    result = endpoint.ok("select * from dbt_tests.table_users order by user_id")
    assert result.types == ["varchar", "bigint", "date", "timestamp", "double"]
    assert result.rows == [
        ["u0", "6", "2026-01-01", "2026-01-02 10:00:00.000", "0.5"],
        ["u1", "4", "2026-01-01", "2026-01-02 10:00:00.000", "0.5"],
    ]
    table = endpoint.glue.get_table(DatabaseName="dbt_tests", Name="table_users")["Table"]
    assert table["Description"] == "A row for each user"
    assert table["StorageDescriptor"]["Columns"][0]["Comment"] == "The key"


def test_seed_keeps_quotes_nulls_and_types(endpoint: Endpoint, outcomes: Outcomes) -> None:
    result = endpoint.ok("select * from dbt_tests.iceberg_labels order by user_id")
    assert result.types == ["varchar", "varchar", "integer", "timestamp"]
    assert result.rows == [
        ["u1", 'alpha, "x"', "1", "2026-01-01 10:00:00.000"], ["u2", None, None, "2026-01-02 00:00:00.000"],
    ]  # fmt: skip


def test_snapshot_keeps_what_was(endpoint: Endpoint, outcomes: Outcomes) -> None:
    sql = "select entity_id, status, dbt_valid_to is null from dbt_tests.task_history order by 1, 3"
    assert endpoint.ok(sql).rows == [
        ["t0", "completed", "false"], ["t0", "pending", "true"], ["t1", "pending", "false"],
        ["t1", "completed", "true"], ["t2", "pending", "false"], ["t2", "completed", "true"],
    ]  # fmt: skip


def test_no_temporary_relation_is_left(endpoint: Endpoint, outcomes: Outcomes) -> None:
    tables = endpoint.glue.get_tables(DatabaseName="dbt_tests")["TableList"]
    assert [table["Name"] for table in tables if "__" in table["Name"]] == []
