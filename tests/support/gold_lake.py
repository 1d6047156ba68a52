"""A silver layer written as the Glue job leaves it, and dbt on top: gold's tests need neither the API nor Spark."""

import json
import os
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from glue.job import schemas
from infra.athena.types import duckdb_type
from tests.support.dbt import PROJECT, ROOT, SECONDS, forks
from tests.support.endpoint import BUCKET, JSON_SERDE, PARQUET_SERDE, REGION, WORKGROUP, Endpoint
from tests.support.replay import Event
from tests.support.running import RunningStack

PROJECTED = {
    "projection.enabled": "true",
    "projection.dt.type": "date",
    "projection.dt.format": "yyyy-MM-dd",
    "projection.dt.range": "2026-11-01,2026-11-30",
}


class GoldLake:
    """Silver and gold of one name on a shared endpoint. `folder` holds dbt's files."""

    def __init__(self, endpoint: Endpoint, name: str, folder: Path) -> None:
        self.endpoint, self.name, self.folder = endpoint, name, folder
        self._events: dict[str, dict[str, Event]] = defaultdict(dict)
        self._cataloged: set[tuple[str, str]] = set()
        endpoint.glue.create_database(DatabaseInput={"Name": f"silver_{name}"})
        for table, columns in schemas.CATALOG.items():
            self._create(table, columns)

    def commit(self, events: Iterable[Event], pass_id: str) -> None:
        """One silver pass: rewrites the dates that the events touch, and notes their entities in the ledger."""
        ledger: dict[tuple[str, str, str, str], int] = defaultdict(int)
        for event in events:
            date = event["occurred_at"][:10]
            ledger[date, event["entity"], event["entity_id"], event["user_key"]] += (
                event["event_id"] not in self._events[date]
            )
            self._events[date][event["event_id"]] = event
        self._write(sorted({key[0] for key in ledger}), ledger, pass_id)

    def erase(self, user: str, pass_id: str) -> None:
        """A pass that takes a user's events out of silver, and says so in the ledger."""
        ledger: dict[tuple[str, str, str, str], int] = defaultdict(int)
        for date, events in self._events.items():
            for event in [event for event in events.values() if event["user_key"] == user]:
                ledger[date, event["entity"], event["entity_id"], user] -= 1
                del events[event["event_id"]]
        self._write(sorted({key[0] for key in ledger}), ledger, pass_id)

    def deliver(self, day: str, name: str, lines: Iterable[dict[str, Any]]) -> None:
        """Puts log lines where Firehose would on a day."""
        body = "".join(f"{json.dumps(line)}\n" for line in lines)
        self.endpoint.put(f"{self.name}/api_requests/dt={day}/{name}", body.encode())

    def forget_ledger(self, pass_id: str) -> None:
        """What the bucket's lifecycle does to a pass's rows a month later."""
        day = f"{pass_id[:4]}-{pass_id[4:6]}-{pass_id[6:8]}"
        key = f"{self.name}/silver_commits/dt={day}/{pass_id}.json"
        self.endpoint.s3.delete_object(Bucket=BUCKET, Key=key)

    def events(self) -> list[Event]:
        """All that silver holds."""
        return [event for events in self._events.values() for event in events.values()]

    def dbt(
        self, *arguments: str, as_of: datetime, gold: str | None = None, alone: bool = False
    ) -> subprocess.CompletedProcess[str]:
        """Runs dbt on this silver; `gold` names other gold and staging databases than the lake's own.

        alone: as a command of its own, which parses the project and leaves its manifest; otherwise as a fork.
        """
        environment = {**self._environment(gold or self.name), "AS_OF": text(as_of)}
        options = self._options(arguments, gold or self.name)
        if not alone:
            return forks().run(options, environment)
        return subprocess.run(
            [sys.executable, "-m", "infra.local.dbt", *options, *PROJECT],
            cwd=ROOT, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False,
        )  # fmt: skip

    def kill_build_after(self, model: str, *, as_of: datetime) -> None:
        """Kills a `dbt run` as soon as it says that the model is done."""
        environment = {**self._environment(self.name), "AS_OF": text(as_of)}
        with forks().running(self._options(["run", "--threads", "1"], self.name), environment) as build:
            done = any(" OK " in line and f".{model} " in line for line in build.lines)
            build.kill()
        assert (done, build.returncode) == (True, -signal.SIGKILL), f"dbt never built {model}"

    def build(self, *arguments: str, as_of: datetime, gold: str | None = None) -> str:
        """`dbt run`, which must succeed; its report."""
        done = self.dbt("run", *arguments, as_of=as_of, gold=gold)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def target(self) -> Path:
        """Where dbt left its manifest, its catalog and the compiled statements."""
        return self.folder / self.name / "target"

    def stack(self, gold: str | None = None) -> RunningStack:
        """The databases as somebody with nothing but Athena's API sees them."""
        return RunningStack(self._environment(gold or self.name))

    def rows(self, relation: str, columns: Iterable[str], gold: str | None = None) -> list[tuple[Any, ...]]:
        """A relation's rows as Python values, sorted."""
        selected = ", ".join(f'"{column}"' for column in columns)
        return sorted(self.stack(gold).typed_rows(f"SELECT {selected} FROM {relation}"), key=repr)

    def relations(self, gold: str | None = None) -> dict[str, list[str]]:
        """Every relation of gold and of its intermediate steps, qualified, with its columns."""
        found = {}
        for database in (f"gold_{gold or self.name}", f"staging_{gold or self.name}"):
            for table in self.endpoint.glue.get_tables(DatabaseName=database)["TableList"]:
                found[f"{database}.{table['Name']}"] = [c["Name"] for c in table["StorageDescriptor"]["Columns"]]
        return found

    def _options(self, arguments: Iterable[str], gold: str) -> list[str]:
        """dbt's command line, with files of its own for each gold."""
        return [
            "--no-use-colors", *arguments,
            "--target-path", str(self.folder / gold / "target"), "--log-path", str(self.folder / gold / "logs"),
        ]  # fmt: skip

    def _environment(self, gold: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTEST"))}
        return {
            **kept, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION,
            "REGION": REGION, "AWS_ENDPOINT_URL": self.endpoint.emulator,
            "AWS_ENDPOINT_URL_ATHENA": self.endpoint.url, "AWS_ENDPOINT_URL_GLUE": self.endpoint.url,
            "ATHENA_WORKGROUP": WORKGROUP, "LAKE_BUCKET": BUCKET, "SILVER_DATABASE": f"silver_{self.name}",
            "STAGING_DATABASE": f"staging_{gold}", "GOLD_DATABASE": f"gold_{gold}",
        }  # fmt: skip

    def _create(self, table: str, columns: list[schemas.Column]) -> None:
        table_input: Any = {
            "Name": table,
            "TableType": "EXTERNAL_TABLE",
            "PartitionKeys": schemas.PARTITION_KEYS,
            "Parameters": PROJECTED if table == "api_requests" else {},
            "StorageDescriptor": {
                "Columns": columns,
                "Location": f"s3://{BUCKET}/{self.name}/{table}",
                "SerdeInfo": {"SerializationLibrary": PARQUET_SERDE if table == "change_events" else JSON_SERDE},
            },
        }
        self.endpoint.glue.create_table(DatabaseName=f"silver_{self.name}", TableInput=table_input)

    def _write(self, dates: list[str], ledger: dict[tuple[str, str, str, str], int], pass_id: str) -> None:
        for date in dates:
            key = f"{self.name}/change_events/dt={date}/{pass_id}"
            self.endpoint.put(f"{key}/part-0.parquet", self._parquet(self._events[date].values()))
            self._locate("change_events", date, key)
        day = f"{pass_id[:4]}-{pass_id[4:6]}-{pass_id[6:8]}"
        lines = "".join(f"{json.dumps(row)}\n" for row in _ledger_rows(ledger, pass_id))
        key = f"{self.name}/silver_commits/dt={day}"
        self.endpoint.put(f"{key}/{pass_id}.json", lines.encode())
        self._locate("silver_commits", day, key)

    def _locate(self, table: str, date: str, key: str) -> None:
        """Points a partition at its folder, whether it was there or not."""
        names: Any = {"DatabaseName": f"silver_{self.name}", "TableName": table}
        partition: Any = {
            "Values": [date],
            "StorageDescriptor": {"Location": f"s3://{BUCKET}/{key}"},
        }
        if (table, date) in self._cataloged:
            self.endpoint.glue.update_partition(**names, PartitionValueList=[date], PartitionInput=partition)
        else:
            self.endpoint.glue.create_partition(**names, PartitionInput=partition)
            self._cataloged.add((table, date))

    def _parquet(self, events: Iterable[Event]) -> bytes:
        lines, target = self.folder / "events.json", self.folder / "events.parquet"
        with lines.open("w") as file:
            file.writelines(f"{json.dumps(event)}\n" for event in events)
        wire = {column["Name"]: column["Type"] for column in schemas.glue_columns(schemas.wire_schema())}
        columns = ", ".join(f"'{name}': '{duckdb_type(kind)}'" for name, kind in wire.items())
        casts = ", ".join(
            f"CAST({name} AS {duckdb_type(column['Type'])}) AS {column['Name']}"
            for name, column in zip(wire, schemas.CHANGE_EVENTS, strict=True)
        )
        with duckdb.connect() as connection:
            connection.execute(
                f"COPY (SELECT {casts} FROM read_json('{lines}', columns = {{{columns}}}, "
                f"format = 'newline_delimited')) TO '{target}' (FORMAT parquet)"
            )
        return target.read_bytes()


def _ledger_rows(ledger: dict[tuple[str, str, str, str], int], pass_id: str) -> Iterator[dict[str, Any]]:
    committed_at = datetime.strptime(pass_id[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    for (date, entity, entity_id, user), n in ledger.items():
        yield {
            "pass_id": pass_id, "committed_at": committed_at.strftime("%Y-%m-%d %H:%M:%S.000"), "event_dt": date,
            "entity": entity, "entity_id": entity_id, "user_id": user, "events": n,
        }  # fmt: skip


def text(moment: datetime) -> str:
    """A moment as the contract writes it: UTC, milliseconds, Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
