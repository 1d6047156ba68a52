"""Silver's relations, written into Trino as the Glue job leaves them."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from glue.job import schemas
from tests.engines.trino import HIVE
from tests.support.gold_lake import GoldLake
from tests.support.replay import Event

TYPES = {"string": "varchar", "int": "integer", "timestamp": "timestamp(3)"}
ROWS = 200


def trino_type(hive: str) -> str:
    """A type of Glue's catalogue in Trino's words."""
    if struct := re.fullmatch(r"struct<(.*)>", hive):
        fields = (field.split(":") for field in struct[1].split(","))
        return f"row({', '.join(f'{name} {trino_type(kind)}' for name, kind in fields)})"
    return TYPES.get(hive, hive)


def write(run: Any, lake: GoldLake) -> None:
    """All of silver anew; `run` executes a statement."""
    database = f'{HIVE}."silver_{lake.name}"'
    run(f"CREATE SCHEMA IF NOT EXISTS {database}")
    rows = {"change_events": [_row(event) for event in lake.events()]}
    for table in ("silver_commits", "api_requests"):
        names = [column["Name"] for column in [*schemas.CATALOG[table], *schemas.PARTITION_KEYS]]
        rows[table] = [dict(zip(names, row, strict=True)) for row in lake.rows(f"silver_{lake.name}.{table}", names)]
    for table, found in rows.items():
        columns = {c["Name"]: trino_type(c["Type"]) for c in [*schemas.CATALOG[table], *schemas.PARTITION_KEYS]}
        run(f"DROP TABLE IF EXISTS {database}.{table}")
        run(f"CREATE TABLE {database}.{table} ({', '.join(f'{name} {kind}' for name, kind in columns.items())})")
        for start in range(0, len(found), ROWS):
            run(f"INSERT INTO {database}.{table} {_selected(found[start : start + ROWS], columns)}")


def _row(event: Event) -> dict[str, Any]:
    row = {schemas.LAKE_NAMES.get(name, name): value for name, value in event.items()}
    return {**row, "dt": event["occurred_at"][:10]}


def _selected(rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str]) -> str:
    """A query of the rows: each goes as JSON, which has no times, so that these are text until they are cast."""
    texts = {name: re.sub(r"timestamp\(3\)|date\b(?=[,)]|$)", "varchar", kind) for name, kind in columns.items()}
    literals = ", ".join(f"JSON {_quoted(json.dumps(row, default=str))}" for row in map(_times, rows))
    kind = ", ".join(f'"{name}" {text}' for name, text in texts.items())
    cells = ", ".join(f'CAST(r."{name}" AS {kind})' for name, kind in columns.items())
    return f"SELECT {cells} FROM (SELECT CAST(j AS row({kind})) FROM UNNEST(ARRAY[{literals}]) AS t(j)) AS s(r)"


def _times(value: Any) -> Any:
    """The same with every time in SQL's form."""
    if isinstance(value, Mapping):
        return {name: _times(each) for name, each in value.items()}
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", value):
        return value.replace("T", " ").removesuffix("Z")
    return value


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
