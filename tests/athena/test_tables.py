"""Tables in the catalog: what a query reads of them, and how."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.endpoint import BUCKET, DATABASE, JSON_SERDE, Endpoint
from tests.support.parquet import parquet

IMAGE = "struct<status:string,due_date:date,created_at:timestamp>"


@pytest.fixture(scope="module")
def events(endpoint: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    """A table partitioned by date, each partition at a prefix of its own making; the sizes of its files."""
    endpoint.create_table("events", {"id": "bigint", "name": "string", "after": IMAGE}, "events", keys={"dt": "date"})
    sizes = {}
    for day in ("2026-01-01", "2026-01-02", "2026-01-03"):
        created = f"timestamptz '{day} 10:00:00.123Z'"
        body = parquet(
            tmp_path_factory.mktemp("events"),
            f"select i::bigint as id, 'name ' || i as name, "
            f"{{'status': 'open', 'due_date': date '{day}', 'created_at': {created}}} as after from range(100) t(i)",
        )
        endpoint.put(f"odd/{day[-2:]}/pass/part-0.parquet", body)
        endpoint.add_partition("events", [day], f"odd/{day[-2:]}/pass")
        sizes[day] = len(body)
    return sizes


def test_partition_columns_have_the_catalogs_type_and_values(endpoint: Endpoint, events: dict[str, int]) -> None:
    result = endpoint.ok("select dt, count(*) from events group by dt order by dt")
    assert result.types == ["date", "bigint"]
    assert result.rows == [[day, "100"] for day in sorted(events)]


@pytest.mark.parametrize(
    "condition",
    [
        "dt = date '2026-01-02'",
        "dt > date '2026-01-01' and dt < date '2026-01-03'",
        "dt between date '2026-01-02' and date '2026-01-02'",
        "dt >= date '2026-01-02' and dt < date '2026-01-03'",
        "cast(dt as varchar) = '2026-01-02'",
        "dt in (date '2026-01-02', date '2030-01-01')",
        "dt = date_add('day', 1, date '2026-01-01')",
    ],
)
def test_filter_on_partitions_reads_only_what_matches(
    endpoint: Endpoint, events: dict[str, int], condition: str
) -> None:
    everything = endpoint.ok("select max(name) from events").scanned
    one = endpoint.ok(f"select max(name), count(*) from events where {condition}")
    assert one.rows == [["name 99", "100"]]
    assert one.scanned == everything // 3


def test_filter_outside_a_view_prunes_inside_it(endpoint: Endpoint, events: dict[str, int]) -> None:
    endpoint.ok("create or replace view pruned as with s as (select * from events) select name, dt as day from s")
    everything = endpoint.ok("select max(name) from pruned").scanned
    assert endpoint.ok("select max(name) from pruned where day >= date '2026-01-03'").scanned == everything // 3


def test_partitions_of_two_scans_are_read_both(endpoint: Endpoint, events: dict[str, int]) -> None:
    sql = (
        "select a.dt, b.dt from (select distinct dt from events where dt = date '2026-01-01') a "
        "cross join (select distinct dt from events where dt = date '2026-01-03') b"
    )
    assert endpoint.ok(sql).rows == [["2026-01-01", "2026-01-03"]]


def test_scanned_bytes_count_the_columns_that_are_read(endpoint: Endpoint, events: dict[str, int]) -> None:
    identifiers = endpoint.ok("select sum(id) from events").scanned
    both = endpoint.ok("select sum(id), max(name) from events").scanned
    status = endpoint.ok("select max(after.status) from events").scanned
    assert 0 < status < identifiers < both < sum(events.values())
    assert endpoint.ok("select count(*) from events").scanned == 0


def test_struct_fields_are_read_by_name(endpoint: Endpoint, events: dict[str, int]) -> None:
    result = endpoint.ok(
        "select e.after.status, after.due_date, after.created_at from events e where id = 7 order by dt limit 1"
    )
    assert result.rows == [["open", "2026-01-01", "2026-01-01 10:00:00.123"]]
    assert result.types == ["varchar", "date", "timestamp"]
    whole = endpoint.ok("select after from events where id = 7 and dt = date '2026-01-01'")
    assert whole.value == "{status=open, due_date=2026-01-01, created_at=2026-01-01 10:00:00.123}"


def test_switched_partition_is_read_at_its_new_location(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.create_table("switched", {"a": "int"}, "switched", keys={"dt": "string"})
    for version in (1, 2):
        endpoint.put(f"switched/v{version}/x.parquet", parquet(tmp_path, f"select {version}::int as a"))
    endpoint.add_partition("switched", ["today"], "switched/v1")
    assert endpoint.ok("select a, dt from switched").rows == [["1", "today"]]
    location: Any = {"Location": f"s3://{BUCKET}/switched/v2"}
    endpoint.glue.update_partition(
        DatabaseName="tests", TableName="switched", PartitionValueList=["today"],
        PartitionInput={"Values": ["today"], "StorageDescriptor": location},
    )  # fmt: skip
    assert endpoint.ok("select a, dt from switched").rows == [["2", "today"]]


def test_replaced_object_is_read_anew(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.create_table("replaced", {"a": "int"}, "replaced")
    endpoint.put("replaced/x.parquet", parquet(tmp_path, "select 1::int as a"))
    assert endpoint.ok("select a from replaced").value == "1"
    endpoint.put("replaced/x.parquet", parquet(tmp_path, "select 2::int as a"))
    assert endpoint.ok("select a from replaced").value == "2"


def test_column_that_old_files_lack_is_null(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.create_table("grown", {"a": "int", "b": "string"}, "grown")
    endpoint.put("grown/1.parquet", parquet(tmp_path, "select 1::int as a"))
    endpoint.put("grown/2.parquet", parquet(tmp_path, "select 2::int as a, 'x' as b"))
    assert endpoint.ok("select a, b from grown order by a").rows == [["1", None], ["2", "x"]]


def test_table_without_files_is_empty(endpoint: Endpoint) -> None:
    endpoint.create_table("bare", {"a": "decimal(10,2)", "b": "array<string>"}, "bare")
    result = endpoint.ok("select * from bare")
    assert (result.rows, result.types) == ([], ["decimal", "array"])


def test_hidden_and_empty_objects_are_skipped(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.create_table("hidden", {"a": "int"}, "hidden")
    endpoint.put("hidden/x.parquet", parquet(tmp_path, "select 1::int as a"))
    endpoint.put("hidden/_SUCCESS", b"done")
    endpoint.put("hidden/.x.parquet.crc", b"crc")
    endpoint.put("hidden/empty.parquet", b"")
    assert endpoint.ok("select a from hidden").rows == [["1"]]


def test_json_lines_are_read_plain_and_compressed(endpoint: Endpoint) -> None:
    columns = {
        "id": "string",
        "n": "bigint",
        "at": "timestamp",
        "tags": "array<string>",
        "image": "struct<status:string>",
    }
    endpoint.create_table("lines", columns, "lines", keys={"dt": "date"}, serde=JSON_SERDE)
    row = {"id": "a", "n": 1, "at": "2026-01-01 10:00:00.5", "tags": ["x", "y"], "image": {"status": "open"}, "more": 1}
    endpoint.put("lines/dt=2026-01-01/1.json", (json.dumps(row) + "\n" + json.dumps({"id": "b"}) + "\n").encode())
    endpoint.put("lines/dt=2026-01-02/2.json.gz", gzip.compress(json.dumps({**row, "id": "c"}).encode()))
    endpoint.ok("msck repair table lines")
    result = endpoint.ok("select id, n, at, tags, image.status, dt from lines order by id")
    assert result.rows == [
        ["a", "1", "2026-01-01 10:00:00.500", "[x, y]", "open", "2026-01-01"],
        ["b", None, None, None, None, "2026-01-01"],
        ["c", "1", "2026-01-01 10:00:00.500", "[x, y]", "open", "2026-01-02"],
    ]


def test_csv_fields_are_text_and_empty_ones_not_null(endpoint: Endpoint) -> None:
    endpoint.ok(
        "create external table quoted (`a` string, `b` string) row format serde "
        f"'org.apache.hadoop.hive.serde2.OpenCSVSerde' location 's3://{BUCKET}/quoted' "
        "tblproperties ('skip.header.line.count'='1')"
    )
    endpoint.put("quoted/x.csv", b'"a","b"\n"x, ""y""\nz",1\n"",2\n')
    assert endpoint.ok("select a, b from quoted order by b").rows == [['x, "y"\nz', "1"], ["", "2"]]


def test_added_and_deleted_partitions_are_seen(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.create_table("altered", {"a": "int"}, "altered", keys={"dt": "string"})
    endpoint.put("anywhere/x.parquet", parquet(tmp_path, "select 1::int as a"))
    endpoint.ok(f"alter table altered add if not exists partition (dt='d1') location 's3://{BUCKET}/anywhere'")
    assert endpoint.ok("show partitions altered").rows == [["dt=d1"]]
    assert endpoint.ok("select a, dt from altered").rows == [["1", "d1"]]
    endpoint.glue.batch_delete_partition(
        DatabaseName=DATABASE, TableName="altered", PartitionsToDelete=[{"Values": ["d1"]}]
    )
    assert endpoint.ok("select a, dt from altered").rows == []


def test_describe_lists_columns_and_partition_keys(endpoint: Endpoint, events: dict[str, int]) -> None:
    rows = [str(row[0]).split("\t")[0].strip() for row in endpoint.ok("describe events").rows]
    assert rows == ["id", "name", "after", "dt", "", "# Partition Information", "# col_name", "", "dt"]


def test_unreadable_file_fails_the_query(endpoint: Endpoint) -> None:
    endpoint.create_table("broken", {"a": "int"}, "broken")
    endpoint.put("broken/x.parquet", b"this is no parquet file")
    result = endpoint.run("select a from broken")
    assert result.state == "FAILED"
    assert result.reason.startswith("HIVE_BAD_DATA: tests.broken")
