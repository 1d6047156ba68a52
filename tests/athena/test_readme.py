"""The package's README names every statement, no other, and says truly which are refused."""

import re
from pathlib import Path

import pytest

from infra.athena.statements import supported
from tests.support.endpoint import BUCKET, Endpoint

README = (Path(__file__).parents[2] / "infra" / "athena" / "README.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(.+?)` \|", README, re.MULTILINE)
REFUSED = re.findall(r"^- `([^`]+)`: ([A-Z_]+)$", README.partition("## Not supported")[2], re.MULTILINE)
CLAUSES = f"location 's3://{BUCKET}/readme_made"
EXAMPLES = {
    "SELECT ...": "select 1",
    "WITH ...": "with x as (select 1 as a) select a from x",
    "VALUES ...": "values (1, 'a'), (2, 'b')",
    "( query )": "(select 1)",
    "CREATE TABLE [IF NOT EXISTS] name [WITH (property = value, ...)] AS query": (
        f"create table if not exists made_as with (external_location = 's3://{BUCKET}/made_as') as select 1 as a"
    ),
    "CREATE EXTERNAL TABLE [IF NOT EXISTS] name (column type, ...) clauses": (
        "create external table made_text (a int) comment 'text' partitioned by (p string) row format delimited "
        f"fields terminated by ',' stored as textfile {CLAUSES}_text' tblproperties ('skip.header.line.count' = '1')"
    ),
    "CREATE TABLE [IF NOT EXISTS] name (column type, ...) clauses": (
        f"create table if not exists made_ice (a int) {CLAUSES}_ice' tblproperties ('table_type' = 'ICEBERG')"
    ),
    "CREATE OR REPLACE VIEW name AS query": "create or replace view readme_view as select 2 as a",
    "CREATE VIEW name AS query": "create view made_view as select 1 as a",
    "CREATE DATABASE [IF NOT EXISTS] name [COMMENT 'text'] [LOCATION 's3://...']": (
        f"create database if not exists made_database comment 'text' {CLAUSES}_database'"
    ),
    "CREATE SCHEMA [IF NOT EXISTS] name [COMMENT 'text'] [LOCATION 's3://...']": "create schema made_schema",
    "DROP TABLE [IF EXISTS] name": "drop table if exists readme_dropped",
    "DROP VIEW [IF EXISTS] name": "drop view if exists readme_missing",
    "DROP DATABASE [IF EXISTS] name [CASCADE]": "drop database if exists readme_missing cascade",
    "DROP SCHEMA [IF EXISTS] name [CASCADE]": "drop schema if exists readme_missing",
    "ALTER TABLE name RENAME TO name": "alter table readme_renamed rename to readme_new_name",
    "ALTER TABLE name SET TBLPROPERTIES ('key' = 'value', ...)": "alter table readme_ice set tblproperties ('k' = 'v')",
    "ALTER TABLE name ADD COLUMNS (column type, ...)": "alter table readme_reshaped add columns (b string)",
    "ALTER TABLE name REPLACE COLUMNS (column type, ...)": "alter table readme_replaced replace columns (b string)",
    "ALTER TABLE name DROP COLUMN column": "alter table readme_reshaped drop column unused",
    "ALTER TABLE name CHANGE COLUMN old new type": "alter table readme_reshaped change column a a bigint",
    "ALTER TABLE name ADD [IF NOT EXISTS] PARTITION (key = 'value', ...) [LOCATION 's3://...'] ...": (
        "alter table readme_hive add if not exists partition (p = 'x') partition (p = 'y') location 's3://lake/y'"
    ),
    "MSCK REPAIR TABLE name": "msck repair table readme_hive",
    "INSERT INTO name [(column, ...)] query": "insert into readme_hive (a, p) select 2, 'z'",
    "MERGE INTO name USING ... ON ... WHEN ...": (
        "merge into readme_ice t using (select 1 as a) s on t.a = s.a when matched then update set unused = 'm' "
        "when not matched then insert values (s.a, 'n')"
    ),
    "UPDATE name SET column = value, ... [WHERE ...]": "update readme_ice set unused = 'u' where a = 1",
    "DELETE FROM name [WHERE ...]": "delete from readme_ice where a = 7",
    "OPTIMIZE name REWRITE DATA USING BIN_PACK": "optimize readme_ice rewrite data using bin_pack",
    "VACUUM name": "vacuum readme_ice",
    "SHOW DATABASES": "show databases",
    "SHOW SCHEMAS": "show schemas",
    "SHOW TABLES [IN database] ['pattern']": "show tables in tests 'readme_*'",
    "SHOW VIEWS [IN database] ['pattern']": "show views from tests",
    "SHOW COLUMNS IN name": "show columns in readme_hive",
    "SHOW COLUMNS FROM name": "show columns from readme_hive",
    "SHOW PARTITIONS name": "show partitions readme_hive",
    "SHOW TBLPROPERTIES name": "show tblproperties readme_hive",
    "SHOW CREATE VIEW name": "show create view readme_view",
    "DESCRIBE [FORMATTED] name": "describe formatted readme_hive",
    "DESC [FORMATTED] name": "desc readme_hive",
    "EXPLAIN query": "explain select a from readme_hive",
}


@pytest.fixture(scope="module")
def relations(endpoint: Endpoint) -> None:
    """What the examples are about: Iceberg and Hive tables, a view."""
    for name in ("readme_ice", "readme_reshaped", "readme_renamed", "readme_dropped"):
        endpoint.ok(
            f"create table {name} with (table_type = 'iceberg', is_external = false, "
            f"location = 's3://{BUCKET}/{name}') as select 1 as a, 'x' as unused"
        )
    endpoint.ok("create table readme_hive with (partitioned_by = array['p']) as select 1 as a, 'x' as p")
    endpoint.ok("create table readme_replaced as select 1 as a")
    endpoint.ok("create view readme_view as select 1 as a")


def test_readme_names_the_statements_that_are_supported() -> None:
    assert list(supported()) == ROWS


def test_every_statement_has_an_example() -> None:
    assert list(EXAMPLES) == ROWS


@pytest.mark.parametrize("syntax", EXAMPLES)
def test_statement_runs(endpoint: Endpoint, relations: None, syntax: str) -> None:
    endpoint.ok(EXAMPLES[syntax])


@pytest.mark.parametrize(("statement", "code"), REFUSED)
def test_statement_is_refused(endpoint: Endpoint, relations: None, statement: str, code: str) -> None:
    assert endpoint.run(statement).reason.partition(":")[0] == code
