"""dbt's whole transcript, said again to a real Trino: every query answers the same, every relation holds the same."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import pytest
import trino

from tests.engines import silver
from tests.engines.dialect import Dialect
from tests.engines.transcript import Statement, executions, said_since
from tests.engines.trino import ICEBERG, running_trino
from tests.support.endpoint import Endpoint
from tests.support.gold_lake import GoldLake
from tests.support.histories import END, history, split

DIGITS = 9
Rows = list[tuple[Any, ...]]


@dataclass
class Replayed:
    """A lake built on both engines. differences: of queries, the statement and what each of the two answered."""

    lake: GoldLake
    connection: Any
    dialect: Dialect = field(default_factory=Dialect)
    queries: int = 0
    merges: int = 0
    differences: list[tuple[str, Rows, Rows]] = field(default_factory=list)

    def run(self, sql: str) -> Rows:
        cursor = self.connection.cursor()
        cursor.execute(sql)
        return [tuple(row) for row in cursor.fetchall()]

    def build(self, command: str) -> None:
        """dbt on the local engine, and then what it said on Trino."""
        before = executions(self.lake.endpoint)
        done = self.lake.dbt(command, as_of=END)
        assert done.returncode == 0, done.stdout
        silver.write(self.run, self.lake)
        for statement in said_since(self.lake.endpoint, before):
            self._say_again(statement)

    def _say_again(self, statement: Statement) -> None:
        rows: Rows = []
        try:
            for sql in self.dialect.statements(statement.sql):
                self.merges += "merge into" in sql.lower()
                rows = self.run(sql)
        except trino.exceptions.TrinoUserError as error:
            self.differences.append((statement.sql, [], [(str(error),)]))
            return
        if statement.rows is not None:
            self.queries += 1
            local, real = comparable(statement.rows), comparable(rows)
            if local != real:
                self.differences.append((statement.sql, local, real))


def comparable(rows: Rows) -> Rows:
    """Rows in an order of their own, with numbers as precise as sums in any order are."""
    return sorted((tuple(map(_plain, row)) for row in rows), key=repr)


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    return value if value is None or isinstance(value, (bool, int, date, datetime)) else str(value)


@pytest.fixture(scope="module")
def replayed(endpoint: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replayed]:
    """A history in two passes: the first makes everything, the second merges, with all the project's tests."""
    lake = GoldLake(endpoint, "trino", tmp_path_factory.mktemp("trino"))
    with running_trino(tmp_path_factory.mktemp("server")) as connection:
        found = Replayed(lake, connection)
        for day, (command, part) in enumerate(
            zip(("run", "build"), split(history(7, tasks=60), 7, 2), strict=True), 10
        ):
            lake.commit(part, f"202611{day}T040000000Z")
            found.build(command)
        yield found


def test_every_query_answers_the_same(replayed: Replayed) -> None:
    assert (replayed.queries > 150, replayed.merges) == (True, 6)
    assert replayed.differences == []


def test_every_relation_holds_the_same(replayed: Replayed) -> None:
    for relation, columns in replayed.lake.relations().items():
        database, _, name = relation.partition(".")
        selected = ", ".join(f'"{column}"' for column in columns)
        (sql,) = replayed.dialect.statements(f'SELECT {selected} FROM "awsdatacatalog"."{database}"."{name}"')
        local = comparable(replayed.lake.rows(relation, columns))
        assert comparable(replayed.run(sql)) == local, relation


def test_what_grows_lies_by_month(replayed: Replayed) -> None:
    """The merges went into tables that are partitioned as Athena's are."""
    database = f"staging_{replayed.lake.name}"
    for table in ("int_events", "int_status_intervals"):
        moments = [row[0] for row in replayed.lake.rows(f"{database}.{table}", ["created_at"])]
        months = replayed.run(f'SELECT partition.created_at_month FROM {ICEBERG}."{database}"."{table}$partitions"')
        assert len(months) == len({(moment.year, moment.month) for moment in moments}) > 1, table
