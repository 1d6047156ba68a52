"""Partitioned Iceberg tables: which files a statement writes anew, and which a query reads at all."""

import pytest

from tests.support.endpoint import BUCKET, Endpoint

# 400 rows, about 100 a month; `name` begins alike for longer than the bounds of texts are kept.
ROWS = """
    select x as id, 'the same beginning ' || lpad(cast(x as varchar), 4, '0') as name,
        cast(date_add('hour', x * 7, timestamp '2026-01-01 00:00:00.500') as timestamp(6)) as moment,
        case when x % 10 = 0 then null else x % 7 end as n
    from unnest(sequence(0, 399)) as t(x)
"""


def months(endpoint: Endpoint, name: str, *, partitioned: bool = True) -> None:
    partitioning = "partitioning=ARRAY['month(moment)'], " if partitioned else ""
    endpoint.ok(
        f"create table {name} with (table_type='iceberg', is_external=false, {partitioning}"
        f"location='s3://{BUCKET}/ice/{name}') as {ROWS}"
    )


def data(endpoint: Endpoint, name: str) -> set[str]:
    return {key for key in endpoint.keys(f"ice/{name}/") if key.endswith(".parquet")}


def test_each_month_has_a_file_and_a_query_reads_those_it_can_not_rule_out(endpoint: Endpoint) -> None:
    months(endpoint, "monthly")
    assert len(data(endpoint, "monthly")) == 4
    whole = endpoint.ok("select count(moment), sum(id) from monthly").scanned
    march = endpoint.ok("select count(moment), sum(id) from monthly where moment >= timestamp '2026-04-01 00:00:00'")
    assert march.rows == [["91", str(sum(range(309, 400)))]]
    assert 0 < march.scanned < whole / 3
    assert endpoint.ok("select id from monthly where moment > timestamp '2027-01-01 00:00:00'").scanned == 0


@pytest.mark.parametrize(
    "condition",
    [
        "moment between timestamp '2026-01-31 23:00:00' and timestamp '2026-02-01 12:00:00.500'",
        "moment = timestamp '2026-02-01 03:00:00.500'",
        "moment < timestamp '2026-01-01 00:00:00.500'",
        "moment <= timestamp '2026-01-01 00:00:00.500'",
        "name = 'the same beginning 0123'",
        "name > 'the same beginning 0398'",
        "name >= 'the same beginning' and id < 5",
        "name < 'the same beginning 0002'",
        "id in (3, 350)",
        "id > 398 or n is null",
        "n is null and moment >= timestamp '2026-03-30 00:00:00'",
        "not (id > 2)",
        "id in (select id from {table} where moment >= timestamp '2026-04-20 00:00:00') and n = 3",
        "cast(moment as date) = date '2026-02-03'",
        "id > 120 and id < (select min(id) + 125 from {table})",
    ],
)
def test_what_is_skipped_has_no_matching_rows(endpoint: Endpoint, condition: str) -> None:
    for name, partitioned in (("skipping", True), ("reading", False)):
        if not data(endpoint, name):
            months(endpoint, name, partitioned=partitioned)
    found = [
        endpoint.ok(f"select id from {name} where {condition.format(table=name)} order by id").rows
        for name in ("skipping", "reading")
    ]
    assert found[0] == found[1]


def test_a_merge_writes_only_the_files_anew_whose_rows_it_changes(endpoint: Endpoint) -> None:
    months(endpoint, "kept_mostly")
    before = data(endpoint, "kept_mostly")
    endpoint.ok(
        "merge into kept_mostly t using (select * from (values "
        "(0, 'changed', timestamp '2026-01-01 00:00:00.500', 1), (900, 'new', timestamp '2027-05-01 00:00:00', 2)"
        ") v(id, name, moment, n)) s on t.id = s.id "
        "when matched then update set name = s.name "
        "when not matched then insert values (s.id, s.name, s.moment, s.n)"
    )
    endpoint.ok("vacuum kept_mostly")
    after = data(endpoint, "kept_mostly")
    assert (len(before & after), len(after - before)) == (3, 2)
    assert endpoint.ok("select count(*), count(distinct id), max(id) from kept_mostly").rows == [["401", "401", "900"]]
    assert endpoint.ok("select name from kept_mostly where id in (0, 900) order by id").rows == [["changed"], ["new"]]


def test_a_merge_reads_only_the_files_that_its_literals_leave(endpoint: Endpoint) -> None:
    scanned = {}
    for name, demanded in (
        ("read_whole", "true"),
        ("read_in_part", "t.moment >= timestamp '2026-01-01 00:00:00' and t.moment <= timestamp '2026-01-05 00:00:00'"),
        ("not_read", "false"),
    ):
        months(endpoint, name)
        merged = endpoint.ok(
            f"merge into {name} t using (select * from (values "
            "(0, 'changed', timestamp '2026-01-01 00:00:00.500', 1)) v(id, name, moment, n)) s "
            f"on (t.id = s.id and ({demanded})) "
            "when matched then update set name = s.name "
            "when not matched then insert values (s.id, s.name, s.moment, s.n)"
        )
        scanned[name] = merged.scanned
    assert endpoint.ok("select count(*) from read_in_part where name = 'changed'").value == "1"
    assert (
        endpoint.ok("select count(*) from read_in_part").value == endpoint.ok("select count(*) from read_whole").value
    )
    assert scanned["not_read"] == 0 < scanned["read_in_part"] < scanned["read_whole"] / 2


def test_a_delete_of_a_whole_file_leaves_the_others(endpoint: Endpoint) -> None:
    months(endpoint, "emptied")
    before = data(endpoint, "emptied")
    assert endpoint.ok("delete from emptied where moment < timestamp '2026-02-01 00:00:00'").written == 107
    endpoint.ok("vacuum emptied")
    assert data(endpoint, "emptied") < before
    assert endpoint.ok("select count(*) from emptied").value == "293"


def test_a_changed_column_and_optimize_keep_the_partitions(endpoint: Endpoint) -> None:
    months(endpoint, "reformed")
    endpoint.ok("insert into reformed values (900, 'new', timestamp '2026-01-05 00:00:00', 2)")
    endpoint.ok("alter table tests.reformed drop column name")
    endpoint.ok("optimize reformed rewrite data using bin_pack")
    endpoint.ok("vacuum reformed")
    assert len(data(endpoint, "reformed")) == 4


def test_what_athena_refuses_is_refused(endpoint: Endpoint) -> None:
    opening = f"with (table_type='iceberg', is_external=false, location='s3://{BUCKET}/ice/wide', "
    query = "as select date_add('month', x, date '2000-01-01') as d from unnest(sequence(0, 100)) as t(x)"
    assert (
        "TOO_MANY_OPEN_PARTITIONS"
        in endpoint.run(f"create table wide {opening} partitioning=ARRAY['month(d)']) {query}").reason
    )
    assert endpoint.run(f"create table wide {opening} partitioned_by=ARRAY['d']) {query}").reason.startswith(
        "INVALID_TABLE_PROPERTY"
    )
    assert endpoint.run(f"create table wide {opening} partitioning=ARRAY['month(e)']) {query}").reason.startswith(
        "INVALID_TABLE_PROPERTY"
    )
    assert endpoint.run(f"create table wide {opening} partitioning=ARRAY['bucket(d, 4)']) {query}").reason.startswith(
        "NOT_SUPPORTED"
    )


@pytest.mark.parametrize(
    ("properties", "query", "reason"),
    [
        (
            "table_type='iceberg', is_external=false, location='s3://lake/ice/precise'",
            "select timestamp '2026-01-01 00:00:00.123' as moment",
            'NOT_SUPPORTED: Timestamp precision (3) not supported for Iceberg. Use "timestamp(6)" instead.',
        ),
        (
            "external_location='s3://lake/precise'",
            "select moment from exact",
            "NOT_SUPPORTED: Incorrect timestamp precision for timestamp(6); the configured precision is MILLISECONDS",
        ),
    ],
)
def test_times_must_have_the_tables_own_precision(endpoint: Endpoint, properties: str, query: str, reason: str) -> None:
    """What Athena says: https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-supported-data-types.html."""
    if not endpoint.keys("ice/exact/"):
        endpoint.ok(
            f"create table exact with (table_type='iceberg', is_external=false, location='s3://{BUCKET}/ice/exact') as "
            "select cast(timestamp '2026-01-01 00:00:00.123' as timestamp(6)) as moment"
        )
    assert endpoint.run(f"create table precise with ({properties}) as {query}").reason == reason
    assert endpoint.run("select * from precise").reason.startswith("TABLE_NOT_FOUND")
