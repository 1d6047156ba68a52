"""The Athena endpoint as its clients see it: queries through boto3, tables through Glue, files in S3."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from tests.support.patience import SHORTLY

REGION = "us-east-1"
BUCKET = "lake"
WORKGROUP = "tests"
DATABASE = "tests"
PARQUET_SERDE = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
JSON_SERDE = "org.openx.data.jsonserde.JsonSerDe"


@dataclass(frozen=True)
class Result:
    """A finished query. `rows` are without the header; `types` are the columns' types."""

    state: str
    reason: str
    rows: list[list[str | None]]
    names: list[str]
    types: list[str]
    scanned: int
    written: int
    execution: dict[str, Any]

    @property
    def value(self) -> str | None:
        """The only field of the only row."""
        [[value]] = self.rows
        return value


class Endpoint:
    """Clients of the endpoint (athena, glue) and of the emulator behind it (s3); `calls_log` is where it logs calls."""

    def __init__(self, emulator: str, endpoint: str, calls_log: Path | None = None) -> None:
        self.calls_log = calls_log
        session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION)
        self.emulator, self.url = emulator, endpoint
        self.athena = session.client("athena", endpoint_url=endpoint)
        self.glue = session.client("glue", endpoint_url=endpoint)
        self.s3 = session.client("s3", endpoint_url=emulator)

    def prepare(self) -> None:
        """The bucket, the database and the workgroup that the tests use."""
        self.s3.create_bucket(Bucket=BUCKET)
        self.glue.create_database(DatabaseInput={"Name": DATABASE})
        configuration: Any = {"ResultConfiguration": {"OutputLocation": f"s3://{BUCKET}/results/"}}
        self.athena.create_work_group(Name=WORKGROUP, Configuration=configuration)

    def start(self, sql: str, **request: Any) -> str:
        context: Any = {"Database": DATABASE, "Catalog": "awsdatacatalog"}
        request = {"QueryExecutionContext": context, "WorkGroup": WORKGROUP, **request}
        return self.athena.start_query_execution(QueryString=sql, **request)["QueryExecutionId"]

    def wait(self, identifier: str) -> dict[str, Any]:
        """The execution once it is over; bounded."""
        deadline = time.monotonic() + SHORTLY
        while time.monotonic() < deadline:
            execution: dict[str, Any] = dict(
                self.athena.get_query_execution(QueryExecutionId=identifier)["QueryExecution"]
            )
            if execution["Status"]["State"] in ("SUCCEEDED", "FAILED", "CANCELLED"):
                return execution
            time.sleep(0.01)
        raise TimeoutError(f"query {identifier} did not end within {SHORTLY} s")

    def run(self, sql: str, **request: Any) -> Result:
        """Runs a statement to its end, whatever that is."""
        execution = self.wait(self.start(sql, **request))
        status, scanned = execution["Status"], execution["Statistics"]["DataScannedInBytes"]
        if status["State"] != "SUCCEEDED":
            return Result(status["State"], status["StateChangeReason"], [], [], [], scanned, 0, execution)
        pages = self.athena.get_paginator("get_query_results").paginate(QueryExecutionId=execution["QueryExecutionId"])
        rows: list[list[str | None]] = []
        for page in pages:
            rows += [[datum.get("VarCharValue") for datum in row["Data"]] for row in page["ResultSet"]["Rows"]]
        columns = page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
        header = execution["SubstatementType"] == "SELECT"
        return Result(
            "SUCCEEDED", "", rows[1:] if header else rows, [c["Name"] for c in columns], [c["Type"] for c in columns],
            scanned, page["UpdateCount"], execution,
        )  # fmt: skip

    def ok(self, sql: str, **request: Any) -> Result:
        """Runs a statement that must succeed."""
        result = self.run(sql, **request)
        assert result.state == "SUCCEEDED", f"{result.reason}\n{sql}"
        return result

    def executions(self) -> dict[str, Any]:
        """All of the workgroup's, by their ids."""
        found: dict[str, Any] = {}
        for page in self.athena.get_paginator("list_query_executions").paginate(WorkGroup=WORKGROUP):
            batch = self.athena.batch_get_query_execution(QueryExecutionIds=page["QueryExecutionIds"])
            found |= {execution["QueryExecutionId"]: execution for execution in batch["QueryExecutions"]}
        return found

    def put(self, key: str, body: bytes) -> None:
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=body)

    def keys(self, prefix: str) -> list[str]:
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
        return [item["Key"] for page in pages for item in page.get("Contents", [])]

    def create_table(
        self, name: str, columns: dict[str, str], location: str, *, keys: dict[str, str] | None = None,
        serde: str = PARQUET_SERDE, parameters: dict[str, str] | None = None,
    ) -> None:  # fmt: skip
        """A table as a stack's template would make it; `location` is a prefix of the bucket."""
        table: Any = {
            "Name": name,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": parameters or {},
            "PartitionKeys": [{"Name": k, "Type": v} for k, v in (keys or {}).items()],
            "StorageDescriptor": {
                "Columns": [{"Name": k, "Type": v} for k, v in columns.items()],
                "Location": f"s3://{BUCKET}/{location}",
                "SerdeInfo": {"SerializationLibrary": serde},
            },
        }
        self.glue.create_table(DatabaseName=DATABASE, TableInput=table)

    def add_partition(self, table: str, values: list[str], location: str) -> None:
        self.glue.create_partition(
            DatabaseName=DATABASE,
            TableName=table,
            PartitionInput={"Values": values, "StorageDescriptor": {"Location": f"s3://{BUCKET}/{location}"}},
        )
