"""Partition projection, as the API's log lines use it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infra.athena.catalog import Partition, Table
from infra.athena.errors import QueryError
from infra.athena.projection import is_projected, projected


def table(**changes: str) -> Table:
    parameters = {
        "projection.enabled": "true",
        "projection.dt.type": "date",
        "projection.dt.format": "yyyy-MM-dd",
        "projection.dt.range": "2026-02-27,2026-03-01",
        **changes,
    }
    raw: dict[str, Any] = {
        "Parameters": parameters,
        "PartitionKeys": [{"Name": "dt", "Type": "date"}],
        "StorageDescriptor": {"Location": "s3://lake/logs/"},
    }
    return Table("d", "t", raw)


def test_each_day_of_the_range_is_a_partition() -> None:
    assert projected(table()) == [
        Partition((day,), f"s3://lake/logs/dt={day}") for day in ("2026-02-27", "2026-02-28", "2026-03-01")
    ]


def test_range_moves_with_the_clock() -> None:
    found = projected(table(**{"projection.dt.range": "NOW-31DAYS,NOW+1DAYS"}))
    days = [datetime.now(UTC).date() + timedelta(days=offset) for offset in (-31, 1)]
    assert [found[0].values, found[-1].values] == [(day.isoformat(),) for day in days]
    assert len(found) == 33


def test_template_says_where_a_day_lies() -> None:
    found = projected(table(**{"storage.location.template": "s3://lake/elsewhere/${dt}/"}))
    assert found[0].location == "s3://lake/elsewhere/2026-02-27"


def test_other_types_are_refused_and_a_plain_table_is_none() -> None:
    with pytest.raises(QueryError, match="only one key"):
        projected(table(**{"projection.dt.type": "enum"}))
    assert not is_projected(table(**{"projection.enabled": "false"}))
