"""Statements that write: what they leave in the catalog and in S3, and what readers see meanwhile."""

import threading
from pathlib import Path
from typing import Any

import pytest

from infra.athena.catalog import Catalog
from infra.athena.iceberg import IcebergTables
from infra.athena.storage import Storage
from tests.support.endpoint import BUCKET, DATABASE, Endpoint


def iceberg(endpoint: Endpoint, name: str, query: str) -> None:
    endpoint.ok(
        f'create table "awsdatacatalog"."{DATABASE}"."{name}"\n'
        f"with (table_type='iceberg', is_external=false, location='s3://{BUCKET}/ice/{name}', format='parquet')\n"
        f"as {query}"
    )


def table_of(endpoint: Endpoint, name: str) -> dict[str, Any]:
    return dict(endpoint.glue.get_table(DatabaseName=DATABASE, Name=name)["Table"])


def test_created_table_has_the_querys_columns_and_rows(endpoint: Endpoint) -> None:
    created = endpoint.ok(
        f"create table made with (format='parquet', external_location='s3://{BUCKET}/made') as "
        "select 1 as a, cast('x' as varchar) as B, sum(x) as total, array[1.5] as c, date '2026-01-01' as d "
        "from (values 1, 2) t(x)"
    )
    assert created.written == 1
    columns = table_of(endpoint, "made")["StorageDescriptor"]["Columns"]
    assert {c["Name"]: c["Type"] for c in columns} == {
        "a": "int", "b": "string", "total": "bigint", "c": "array<decimal(2,1)>", "d": "date",
    }  # fmt: skip
    assert endpoint.ok("select * from made").rows == [["1", "x", "3", "[1.5]", "2026-01-01"]]


def test_created_table_without_location_lies_with_the_results(endpoint: Endpoint) -> None:
    endpoint.ok("create table homeless as select 1 as a")
    assert table_of(endpoint, "homeless")["StorageDescriptor"]["Location"].startswith(f"s3://{BUCKET}/results/tables/")
    assert endpoint.ok("select a from homeless").value == "1"


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("select 1", "MISSING_COLUMN_NAME: line 1:1: Column name not specified at position 1"),
        ("select 1 as a, 2 as a", "DUPLICATE_COLUMN_NAME: line 1:1: Column name 'a' specified more than once"),
        ("select null as a", "COLUMN_TYPE_UNKNOWN: line 1:1: Column type is unknown: a"),
        ("select now() as a", "NOT_SUPPORTED: Unsupported Hive type: timestamp with time zone"),
    ],
)
def test_table_that_athena_could_not_store_is_refused(endpoint: Endpoint, query: str, reason: str) -> None:
    assert endpoint.run(f"create table refused as {query}").reason == reason
    assert endpoint.run("select * from refused").reason.startswith("TABLE_NOT_FOUND")


def test_existing_table_and_used_location_are_refused(endpoint: Endpoint) -> None:
    properties = f"with (external_location='s3://{BUCKET}/used')"
    endpoint.ok(f"create table used {properties} as select 1 as a")
    assert endpoint.run("create table used as select 2 as a").reason.startswith("TABLE_ALREADY_EXISTS")
    assert endpoint.run(f"create table other {properties} as select 2 as a").reason.startswith(
        "HIVE_PATH_ALREADY_EXISTS"
    )
    assert endpoint.ok("select a from used").value == "1"


def test_partitioned_table_is_written_by_partition_and_grows_by_insert(endpoint: Endpoint) -> None:
    endpoint.ok(
        f"create table parted with (external_location='s3://{BUCKET}/parted', partitioned_by=ARRAY['dt']) as "
        "select a, date '2026-01-01' as dt from (values 1, 2) t(a)"
    )
    assert endpoint.ok("insert into parted (dt, a) values (date '2026-01-02', 3), (date '2026-01-01', 4)").written == 2
    assert endpoint.ok("select dt, array_agg(a order by a) from parted group by dt order by dt").rows == [
        ["2026-01-01", "[1, 2, 4]"], ["2026-01-02", "[3]"],
    ]  # fmt: skip
    assert [row[0] for row in endpoint.ok("show partitions parted").rows] == ["dt=2026-01-01", "dt=2026-01-02"]


def test_more_than_100_partitions_in_one_statement_are_refused(endpoint: Endpoint) -> None:
    query = "select x as a, x as p from unnest(sequence(1, 101)) as t(x)"
    result = endpoint.run(f"create table wide with (partitioned_by=ARRAY['p']) as {query}")
    assert result.reason.startswith("HIVE_TOO_MANY_OPEN_PARTITIONS")


def test_insert_of_another_type_or_width_is_refused(endpoint: Endpoint) -> None:
    endpoint.ok("create table narrow as select 1 as a, 'x' as b")
    assert endpoint.run("insert into narrow values ('1', 'y')").reason.startswith("TYPE_MISMATCH")
    assert endpoint.run("insert into narrow values (1)").reason.startswith("TYPE_MISMATCH")
    assert endpoint.ok("insert into narrow (b) select 'z'").written == 1
    assert endpoint.ok("select a, b from narrow order by b").rows == [["1", "x"], [None, "z"]]


def test_rows_of_hive_tables_can_not_be_modified(endpoint: Endpoint) -> None:
    endpoint.ok("create table fixed as select 1 as a")
    for statement in ("delete from fixed", "update fixed set a = 2"):
        assert endpoint.run(statement).reason == (
            "NOT_SUPPORTED: line 1:1: Modifying Hive table rows is only supported for transactional tables"
        )


def test_merge_updates_deletes_and_inserts(endpoint: Endpoint) -> None:
    iceberg(endpoint, "merged", "select * from (values (1, 'a', 1), (2, 'b', 1), (3, 'c', 1)) t(id, name, n)")
    iceberg(endpoint, "source", "select * from (values (2, 'B', 2), (3, null, 2), (4, 'd', 2)) t(id, name, n)")
    merged = endpoint.ok(
        'merge into "awsdatacatalog"."tests"."merged" as target using "awsdatacatalog"."tests"."source" as src\n'
        "on (target.id = src.id)\nwhen matched and src.name is null then delete\n"
        'when matched then update set "name" = src."name", "n" = src."n" + target.n\n'
        'when not matched then insert ("id", "name", "n") values (src."id", src."name", src."n")'
    )
    assert merged.written == 3
    assert endpoint.ok("select * from merged order by id").rows == [
        ["1", "a", "1"], ["2", "B", "3"], ["4", "d", "2"],
    ]  # fmt: skip


def test_merge_with_two_rows_for_one_target_is_refused(endpoint: Endpoint) -> None:
    iceberg(endpoint, "ambiguous", "select 1 as id, 0 as n")
    result = endpoint.run(
        "merge into ambiguous t using (select * from (values (1, 1), (1, 2)) v(id, n)) s on t.id = s.id "
        "when matched then update set n = s.n"
    )
    assert result.reason.startswith("MERGE_TARGET_ROW_MULTIPLE_MATCHES")
    assert endpoint.ok("select n from ambiguous").value == "0"


def test_update_and_delete_change_only_what_they_name(endpoint: Endpoint) -> None:
    iceberg(endpoint, "changed", "select * from (values (1, 'a'), (2, 'b'), (3, 'c')) t(id, name)")
    assert endpoint.ok("update changed set name = upper(name) where id >= 2").written == 2
    assert endpoint.ok("delete from changed where id in (select 3)").written == 1
    assert endpoint.ok("select id, name from changed order by id").rows == [["1", "a"], ["2", "B"]]


def test_columns_are_added_changed_and_dropped(endpoint: Endpoint) -> None:
    iceberg(endpoint, "reshaped", "select 1 as a, 'x' as b")
    endpoint.ok("alter table `tests`.`reshaped` add columns (`c` bigint)")
    assert endpoint.ok("select * from reshaped").rows == [["1", "x", None]]
    endpoint.ok("update tests.reshaped set c = cast(a as bigint)")
    endpoint.ok("alter table tests.reshaped drop column a")
    endpoint.ok("alter table tests.reshaped change column c a bigint")
    result = endpoint.ok("select * from reshaped")
    assert (result.names, result.rows) == (["b", "a"], [["x", "1"]])


def test_renamed_table_keeps_its_rows_and_properties(endpoint: Endpoint) -> None:
    iceberg(endpoint, "before", "select 1 as a")
    endpoint.ok("alter table `tests`.`before` set tblproperties ('classification' = 'parquet')")
    endpoint.ok("alter table `tests`.`before` rename to `tests`.`after`")
    assert endpoint.ok("select a from after").value == "1"
    assert endpoint.run("select a from before").reason.startswith("TABLE_NOT_FOUND")
    assert table_of(endpoint, "after")["Parameters"]["classification"] == "parquet"


def test_dropped_table_loses_its_data_only_if_it_is_iceberg(endpoint: Endpoint) -> None:
    iceberg(endpoint, "gone", "select 1 as a")
    endpoint.ok(f"create table kept with (external_location='s3://{BUCKET}/kept') as select 1 as a")
    endpoint.ok("drop table gone")
    endpoint.ok("drop table kept")
    assert endpoint.keys("ice/gone/") == []
    assert len(endpoint.keys("kept/")) == 1


def test_replaced_commits_stay_for_readers_until_vacuum(endpoint: Endpoint) -> None:
    iceberg(endpoint, "busy", "select 0 as n")
    for n in range(1, 5):
        endpoint.ok(f"update busy set n = {n}")
    assert len([key for key in endpoint.keys("ice/busy/") if key.endswith(".parquet")]) == 5
    endpoint.ok("vacuum busy")
    assert endpoint.ok("select n from busy").value == "4"
    assert len(endpoint.keys("ice/busy/")) == 2


def test_commits_replaced_long_ago_are_cleared_away(endpoint: Endpoint, tmp_path: Path) -> None:
    iceberg(endpoint, "aged", "select 0 as n")
    endpoint.ok("update aged set n = 1")
    catalog, storage = Catalog(endpoint.glue), Storage(endpoint.s3, tmp_path)
    tables = IcebergTables(catalog, storage, kept_seconds=-1)
    table = catalog.table(DATABASE, "aged")
    tables.commit(table, tables.files(table))
    assert endpoint.ok("select n from aged").value == "1"
    assert len(endpoint.keys("ice/aged/")) == 2


def test_inserted_files_are_put_together_by_optimize(endpoint: Endpoint) -> None:
    iceberg(endpoint, "scattered", "select 0 as n")
    for n in (1, 2):
        endpoint.ok(f"insert into scattered values {n}")
    endpoint.ok("optimize scattered rewrite data using bin_pack")
    endpoint.ok("vacuum scattered")
    assert endpoint.ok("select n from scattered order by n").rows == [["0"], ["1"], ["2"]]
    assert len([key for key in endpoint.keys("ice/scattered/") if key.endswith(".parquet")]) == 1


def test_readers_see_whole_commits_while_writers_take_turns(endpoint: Endpoint) -> None:
    iceberg(endpoint, "contended", "select x as id, 0 as n from unnest(sequence(1, 200)) as t(x)")
    seen: list[list[list[str | None]]] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            seen.append(endpoint.ok("select count(*), count(distinct n), max(n) from contended").rows)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    written = [endpoint.start("update contended set n = n + 1") for _ in range(8)]
    states = [endpoint.wait(identifier)["Status"]["State"] for identifier in written]
    stop.set()
    for reader in readers:
        reader.join()
    assert states == ["SUCCEEDED"] * 8
    assert endpoint.ok("select min(n), max(n) from contended").rows == [["8", "8"]]
    assert {(row[0], row[1]) for [row] in seen} == {("200", "1")}
