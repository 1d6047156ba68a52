"""Trino's functions and operators on the endpoint. Expected values follow Trino's documentation."""

import pytest

from tests.support.endpoint import Endpoint

VALUES: list[tuple[str, str | None]] = [
    ("7 / 2", "3"),
    ("-7 / 2", "-3"),
    ("7 / 2.0", "3.5"),
    ("1 / 3.0", "0.3"),
    ("cast(7 as double) / 2", "3.5"),
    ("7 % 3", "1"),
    ("100.0 * 1 / 3", "33.3"),
    ("date_diff('day', timestamp '2024-01-01 23:00:00', timestamp '2024-01-02 01:00:00')", "0"),
    ("date_diff('hour', timestamp '2024-01-01 00:59:59', timestamp '2024-01-01 02:00:00')", "1"),
    ("date_diff('second', timestamp '2020-03-01 00:00:00', timestamp '2020-03-02 00:00:00')", "86400"),
    ("date_diff('hour', timestamp '2020-03-01 00:00:00 UTC', timestamp '2020-03-02 00:00:00 UTC')", "24"),
    ("date_diff('day', date '2020-03-01', date '2020-03-02')", "1"),
    (
        "date_diff('second', timestamp '2020-06-01 12:30:45.000000000', timestamp '2020-06-02 12:30:45.123456789')",
        "86400",
    ),
    (
        "date_diff('millisecond', timestamp '2020-06-01 12:30:45.000', timestamp '2020-06-02 12:30:45.123456')",
        "86400123",
    ),
    ("date_diff('week', date '2024-01-01', date '2024-01-15')", "2"),
    ("date_diff('month', date '2024-01-31', date '2024-02-29')", "1"),
    ("date_diff('day', date '2024-01-02', date '2024-01-01')", "-1"),
    ("date_add('second', 86, timestamp '2020-03-01 00:00:00')", "2020-03-01 00:01:26.000"),
    ("date_add('hour', 9, timestamp '2020-03-01 00:00:00')", "2020-03-01 09:00:00.000"),
    ("date_add('day', -1, timestamp '2020-03-01 00:00:00 UTC')", "2020-02-29 00:00:00.000 UTC"),
    ("date_add('month', 1, date '2024-01-31')", "2024-02-29"),
    ("date_trunc('week', timestamp '2022-10-20 05:10:00')", "2022-10-17 00:00:00.000"),
    ("date_trunc('month', date '2022-10-20')", "2022-10-01"),
    ("date_trunc('quarter', date '2022-11-20')", "2022-10-01"),
    ("timestamp '2012-10-31 01:00 UTC' at time zone 'America/Los_Angeles' = timestamp '2012-10-31 01:00 UTC'", "true"),
    (
        "cast(timestamp '2012-10-31 01:00 UTC' at time zone 'America/Los_Angeles' as timestamp)",
        "2012-10-30 18:00:00.000",
    ),
    ("date(at_timezone(timestamp '2024-01-01 02:00:00','America/New_York'))", "2023-12-31"),
    ("year_of_week(date '2021-01-03')", "2020"),
    ("week(date '2021-01-03')", "53"),
    ("day_of_week(date '2024-01-07')", "7"),
    ("dow(date '2024-01-07')", "7"),
    ("yow(date '2021-01-03')", "2020"),
    ("extract(dow from date '2024-01-07')", "7"),
    ("extract(year_of_week from date '2021-01-03')", "2020"),
    ("format_datetime(timestamp '2024-01-05 10:11:12.345','xxxx-''W''ww')", "2024-W01"),
    ("format_datetime(timestamp '2024-01-05 10:11:12.345','yyyy-MM-dd HH:mm:ss.SSS')", "2024-01-05 10:11:12.345"),
    ("date_format(timestamp '2022-10-20 05:10:00', '%m-%d-%Y %H')", "10-20-2022 05"),
    ("date_format(date '2021-01-03','%x-W%v')", "2020-W53"),
    ("date_parse('2022/10/20/05', '%Y/%m/%d/%H')", "2022-10-20 05:00:00.000"),
    ("from_iso8601_timestamp('2020-05-11T11:15:05Z')", "2020-05-11 11:15:05.000 UTC"),
    ("cast(from_iso8601_timestamp('2020-05-11T11:15:05.123Z') as timestamp)", "2020-05-11 11:15:05.123"),
    ("from_iso8601_date('2020-05-11')", "2020-05-11"),
    ("to_unixtime(timestamp '2020-05-11 11:15:05.500')", "1.5891957055E9"),
    ("from_unixtime(1589195705)", "2020-05-11 11:15:05.000 UTC"),
    ("to_iso8601(timestamp '2020-05-11 11:15:05')", "2020-05-11T11:15:05.000"),
    ('json_extract_scalar(\'{"a":{"b":"c"}}\',\'$.a.b\')', "c"),
    ('json_extract_scalar(\'{"a":{"b":"c"}}\',\'$.a\')', None),
    ("element_at(array[1,2],5)", None),
    ("element_at(map(array['a'],array[1]),'a')", "1"),
    ("element_at(array[1,2],-1)", "2"),
    ("lpad('7',2,'0')", "07"),
    ("try_cast('x' as integer)", None),
    ("try_cast('1.5' as integer)", None),
    ("cast(2.5e0 as integer)", "3"),
    ("cast(-2.5e0 as bigint)", "-3"),
    ("cast('12' as bigint)", "12"),
    ("cast(timestamp '2024-01-01 00:00:00' as varchar)", "2024-01-01 00:00:00.000"),
    ("cast(date '2024-01-01' as varchar)", "2024-01-01"),
    ("cast(true as varchar)", "true"),
    ("cast(1.50 as varchar)", "1.50"),
    ("1e0", "1.0"),
    ("1e7", "1.0E7"),
    ("12345678.9e0", "1.23456789E7"),
    ("0.001e0", "0.001"),
    ("0.0001e0", "1.0E-4"),
    ("0.1e0+0.2e0", "0.30000000000000004"),
    ("1.50", "1.50"),
    ("array[1,null,3]", "[1, null, 3]"),
    ("cast(row(1,'a') as row(x integer, y varchar))", "{x=1, y=a}"),
    ("map(array['a'],array[1])", "{a=1}"),
    ("sequence(1,3)", "[1, 2, 3]"),
    ("sequence(date '2024-01-30', date '2024-02-01')", "[2024-01-30, 2024-01-31, 2024-02-01]"),
    ("sequence(date '2024-01-01', date '2024-01-15', interval '7' day)", "[2024-01-01, 2024-01-08, 2024-01-15]"),
    ("concat('a',null)", None),
    ("'a' || null", None),
    ("greatest(1,null)", None),
    ("date '2024-01-31' + interval '1' month", "2024-02-29"),
    ("date '2024-01-01' - interval '1' day", "2023-12-31"),
    ("timestamp '2024-01-01 00:00:00' - interval '90' minute", "2023-12-31 22:30:00.000"),
    ("round(2.5)", "3"),
    ("round(-2.5e0)", "-3.0"),
    ("round(1.005,2)", "1.01"),
    ("ceil(1.2e0)", "2.0"),
    ("truncate(1.9e0)", "1.0"),
    ("regexp_extract('abc','z')", None),
    ("regexp_replace('aaa','a','b')", "bbb"),
    ("regexp_like('abc','b')", "true"),
    ("split('a,b',',')", "[a, b]"),
    ("substr('hello',-3)", "llo"),
    ("strpos('abc','c')", "3"),
    ("lower(to_hex(md5(to_utf8('a'))))", "0cc175b9c0f1b6a831c399e269772661"),
    ("cardinality(array[1,2])", "2"),
    ("contains(array[1,2],2)", "true"),
    ("reduce(array[1,2,3],0,(s,x)->s+x,s->s)", "6"),
    ("transform(array[1,2],x->x*2)", "[2, 4]"),
    ("slice(array[1,2,3,4],2,2)", "[2, 3]"),
    ("array_join(array['a','b'],'-')", "a-b"),
    ("any_match(array[1,2],x->x>1)", "true"),
    ("if(true,1,2)", "1"),
    ("nullif(1,1)", None),
    ("coalesce(null,2)", "2"),
    ("try(1/0)", None),
    ("timestamp '2024-01-01 10:00:00' - timestamp '2024-01-01 08:30:00'", "0 01:30:00.000"),
    ("cast('2024-01-01 10:00:00.5' as timestamp)", "2024-01-01 10:00:00.500"),
    ("cast('2024-01-01' as date)", "2024-01-01"),
    ("cast(null as varchar)", None),
    ("decimal '1.50'", "1.50"),
    ("cast(1.005 as decimal(10,2))", "1.01"),
    ("hour(timestamp '2024-01-01 10:00:00' at time zone 'Europe/Berlin')", "11"),
    ("date(date_trunc('day', timestamp '2024-06-01 23:30:00' at time zone 'Europe/Berlin'))", "2024-06-02"),
    ("abs(-5)", "5"),
    ("mod(7,3)", "1"),
    ("power(2,3)", "8.0"),
    ("sqrt(16)", "4.0"),
    ("length('abc')", "3"),
    ("millisecond(timestamp '2024-01-01 00:00:05.250')", "250"),
    ("date_format(timestamp '2024-01-01 00:00:05.250','%Y-%m-%dT%H:%i:%s.%f')", "2024-01-01T00:00:05.250000"),
    ("day_of_year(date '2024-02-01')", "32"),
    ("last_day_of_month(date '2024-02-01')", "2024-02-29"),
    ("quarter(date '2024-05-01')", "2"),
    ("bitwise_and(5,3)", "1"),
    ("starts_with('abc','a')", "true"),
    ("upper('a')", "A"),
    ("trim('  a ')", "a"),
    ("replace('abc','b','x')", "axc"),
    ("reverse('abc')", "cba"),
    ("chr(65)", "A"),
    ("to_milliseconds(timestamp '2024-01-01 10:00:00' - timestamp '2024-01-01 08:30:00')", "5400000"),
    ("array_sort(array[3,1,2])", "[1, 2, 3]"),
    ("array_distinct(array[1,1,2])", "[1, 2]"),
    ("array_max(array[1,3,2])", "3"),
    ("0.1 + 0.2", "0.3"),
    ("2 * 1.50", "3.00"),
    ("cast(1 as decimal(10,2))", "1.00"),
    ("1 = 1.0", "true"),
]

TABLE_VALUES = [
    ("select date_diff('day', min(a), max(a)) from (values date '2026-01-01', date '2026-02-01') t(a)", "31"),
    ("select sum(a) / count(*) from (values 1, 2) t(a)", "1"),
    ("select sum(a) * 1.0 / count(*) from (values 1, 2) t(a)", "1.5"),
    ("select date_trunc('week', max(a)) from (values timestamp '2022-10-20 05:10:00') t(a)", "2022-10-17 00:00:00.000"),
    ("select max_by(a, b) from (values (cast(null as integer), 2), (1, 1)) t(a, b)", None),
    ("select min_by(a, b) from (values ('x', 2), ('y', 1)) t(a, b)", "y"),
    ("select count_if(a > 1) from (values 1, 2, 3) t(a)", "2"),
    ("select count_if(a > 1) from (values 1, 2, 3) t(a) where a > 3", "0"),
    ("select count_if(a is null or a > 1) from (values 1, null) t(a)", "1"),
    ("select approx_percentile(a, 0.5) from (values 1, 2, 3, 4, 5) t(a)", "3"),
    ("select array_agg(a order by a desc) from (values 1, 2) t(a)", "[2, 1]"),
    ("select listagg(a, ',') within group (order by a desc) from (values 'x', 'y') t(a)", "y,x"),
    ("select sum(x) from unnest(sequence(1, 4)) as t(x)", "10"),
    ("select array_agg(y) from unnest(array[1, 2], array['a', 'b']) as t(x, y)", "[a, b]"),
    ("select try(cast(a as integer)) from (values 'x') t(a)", None),
    ("select try(date(at_timezone(current_timestamp, a))) from (values 'No/Where') t(a)", None),
    ("select cast(at_timezone(with_timezone(a, 'UTC'), 'Europe/Rome') as date) "
     "from (values timestamp '2026-01-01 23:30:00') t(a)", "2026-01-02"),
    ("select last_value(b) ignore nulls over (order by a rows between unbounded preceding and current row) "
     "from (values (1, 'x'), (2, null)) t(a, b) order by a desc limit 1", "x"),
    ("select lag(b) ignore nulls over (order by a) from (values (1, 'x'), (2, null), (3, 'z')) t(a, b) "
     "order by a desc limit 1", "x"),
]  # fmt: skip

REFUSED = [
    ("select 1 / 0", "DIVISION_BY_ZERO: Division by zero"),
    ("select nope from (values 1) t(a)", "COLUMN_NOT_FOUND: line 1:1: Column 'nope' cannot be resolved"),
    ("select a + 1 as k from (values 1) t(a) group by k", "COLUMN_NOT_FOUND: line 1:1: Column 'k' cannot be resolved"),
    ("select a + 1 as b, b + 1 as c from (values 1) t(a)", "COLUMN_NOT_FOUND: line 1:1: Column 'b' cannot be resolved"),
    ("select a from (select 1 a) x, (select 2 a) y", "AMBIGUOUS_NAME: line 1:1: Column 'a' is ambiguous"),
    ("select nofunction(1)", "FUNCTION_NOT_FOUND: line 1:1: Function 'nofunction' not registered"),
    ("select date '2026-01-01' = '2026-01-01'", "TYPE_MISMATCH: line 1:1: Cannot apply operator: date and varchar"),
    ("select a in ('1') from (values 1) t(a)", "TYPE_MISMATCH: line 1:1: Cannot apply operator: integer and varchar"),
    ("select cast(a as integer) from (values 'x') t(a)", "INVALID_CAST_ARGUMENT: Cannot cast 'x' to INT"),
    ("select cast(a as timestamp) from (values '2026-01-01T00:00:00Z') t(a)",
     "INVALID_CAST_ARGUMENT: Cannot cast '2026-01-01T00:00:00Z' to a date or timestamp"),
    ("select cast(1 as string)", "SYNTAX_ERROR: line 1:1: Unknown type: string"),
    ("select cast(null as struct<a:int>)", "SYNTAX_ERROR: line 1:26: mismatched input 'struct'"),
    ("select a::varchar from (values 1) t(a)", "SYNTAX_ERROR: line 1:10: mismatched input '::'"),
    ("select 1; select 2", "SYNTAX_ERROR: line 1:1: Only one sql statement is allowed"),
    ("select (select a from (values 1, 2) t(a))",
     "SUBQUERY_MULTIPLE_ROWS: Scalar sub-query has returned multiple rows"),
    ("select sequence(1, 20000)",
     "INVALID_FUNCTION_ARGUMENT: result of sequence function must not have more than 10000 entries"),
    ("select date(at_timezone(current_timestamp, 'No/Where'))",
     "INVALID_FUNCTION_ARGUMENT: 'No/Where' is not a valid time zone"),
    ("select a, count(*) from (values (1, 2)) t(a, b)",
     "EXPRESSION_NOT_AGGREGATE: line 1:1: 'a' must be an aggregate expression or appear in GROUP BY clause"),
    ("select * from nope", "TABLE_NOT_FOUND: line 1:1: Table 'awsdatacatalog.tests.nope' does not exist"),
    ("select * from nobase.nope", "SCHEMA_NOT_FOUND: line 1:1: Schema 'nobase' does not exist"),
    ("grant select on x to y", "NOT_SUPPORTED: the local Athena endpoint does not support: grant select on x to y"),
    ("select current_timestamp at time zone 'Europe/Rome'",
     "NOT_SUPPORTED: a result in a time zone of its own; cast it to timestamp or date"),
]  # fmt: skip

TYPES = [
    ("1", "integer"), ("cast(1 as bigint)", "bigint"), ("1.50", "decimal"), ("1e0", "double"), ("'a'", "varchar"),
    ("true", "boolean"), ("date '2026-01-01'", "date"), ("timestamp '2026-01-01 00:00:00.000'", "timestamp"),
    ("current_timestamp", "timestamp with time zone"), ("array[1]", "array"), ("row(1)", "row"), ("count(*)", "bigint"),
    ("sum(1)", "bigint"), ("7 / 2", "integer"), ("7 / 2.0", "decimal"),
    ("date_trunc('day', date '2026-01-01')", "date"),
    ("date_diff('day', date '2026-01-01', date '2026-01-02')", "bigint"), ("map(array['a'], array[1])", "map"),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "expected"), VALUES)
def test_expression_has_trinos_value(endpoint: Endpoint, expression: str, expected: str | None) -> None:
    assert endpoint.ok(f"select {expression}").value == expected


@pytest.mark.parametrize(("sql", "expected"), TABLE_VALUES)
def test_query_has_trinos_value(endpoint: Endpoint, sql: str, expected: str | None) -> None:
    assert endpoint.ok(sql).value == expected


@pytest.mark.parametrize(("sql", "reason"), REFUSED)
def test_query_fails_with_athenas_reason(endpoint: Endpoint, sql: str, reason: str) -> None:
    result = endpoint.run(sql)
    assert (result.state, result.reason) == ("FAILED", reason)


@pytest.mark.parametrize(("expression", "expected"), TYPES)
def test_result_has_athenas_type(endpoint: Endpoint, expression: str, expected: str) -> None:
    assert endpoint.ok(f"select {expression}").types == [expected]


def test_nulls_come_last_in_both_directions(endpoint: Endpoint) -> None:
    rows = "from (values 1, null, 2) t(a) order by a"
    assert endpoint.ok(f"select a {rows}").rows == [["1"], ["2"], [None]]
    assert endpoint.ok(f"select a {rows} desc").rows == [["2"], ["1"], [None]]


def test_nameless_columns_are_called_by_position(endpoint: Endpoint) -> None:
    assert endpoint.ok("select 1, 2 as b, count(*)").names == ["_col0", "b", "_col2"]
