"""A running system, as somebody knows it who has nothing but its `env` file."""

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import boto3
import requests

from infra.local.environment import process_environment

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "Correct-horse-9"
TYPES: dict[str, Callable[[str], Any]] = {
    "bigint": int,
    "integer": int,
    "double": float,
    "boolean": "true".__eq__,
    "date": date.fromisoformat,
    "timestamp": datetime.fromisoformat,
}


@dataclass
class RunningStack:
    """What `.local/env` says of the running system, and nothing else."""

    environment: dict[str, str]
    sessions: requests.Session = field(default_factory=requests.Session)

    def client(self, service: str) -> Any:
        suffix = service.upper().replace("-", "_")
        # The name is not known here, so the stubs can't type it.
        make: Any = boto3.client
        return make(
            service,
            region_name=self.environment["REGION"],
            aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.environment["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=self.environment.get("AWS_SESSION_TOKEN"),
            endpoint_url=self.environment.get(f"AWS_ENDPOINT_URL_{suffix}", self.environment["AWS_ENDPOINT_URL"]),
        )

    def manage(self, *arguments: str) -> str:
        """All that a management command says, which must succeed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=process_environment(self.environment),
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, f"{arguments}: {done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def log(self, name: str) -> str:
        """What a part of the stack has logged so far."""
        return Path(self.environment["LOCAL_DIR"], "logs", f"{name}.log").read_text()

    def url(self, path: str) -> str:
        return self.environment["API_ENDPOINT"] + path

    def create_cognito_user(self, email: str) -> None:
        cognito, pool = self.client("cognito-idp"), self.environment["USER_POOL_ID"]
        cognito.admin_create_user(
            UserPoolId=pool,
            Username=email,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}],
        )
        cognito.admin_set_user_password(UserPoolId=pool, Username=email, Password=PASSWORD, Permanent=True)

    def token(self, email: str) -> str:
        signed_in = self.client("cognito-idp").admin_initiate_auth(
            UserPoolId=self.environment["USER_POOL_ID"],
            ClientId=self.environment["CLIENT_ID"],
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": email, "PASSWORD": PASSWORD},
        )
        return str(signed_in["AuthenticationResult"]["IdToken"])

    def user(self, email: str) -> "ApiUser":
        self.create_cognito_user(email)
        return ApiUser(self, self.token(email))

    def athena(self, sql: str) -> list[dict[str, str | None]]:
        """A query's rows as Athena's API answers them: every value a string, or None."""
        names, _, rows = self._query(sql)
        return [dict(zip(names, row, strict=True)) for row in rows]

    def typed_rows(self, sql: str) -> list[tuple[Any, ...]]:
        """A query's rows as Python values; timestamps are naive UTC."""
        _, types, rows = self._query(sql)
        return [tuple(value and TYPES.get(t, str)(value) for value, t in zip(row, types, strict=True)) for row in rows]

    def _query(self, sql: str) -> tuple[list[str], list[str], list[list[str | None]]]:
        """Names and types of the columns, and the rows."""
        client = self.client("athena")
        query = client.start_query_execution(
            QueryString=sql,
            QueryExecutionContext={"Database": self.environment["GOLD_DATABASE"]},
            WorkGroup=self.environment["ATHENA_WORKGROUP"],
        )["QueryExecutionId"]
        while True:
            status = client.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]
            if status["State"] not in {"QUEUED", "RUNNING"}:
                break
            time.sleep(0.05)
        assert status["State"] == "SUCCEEDED", status
        rows: list[list[str | None]] = []
        columns: list[dict[str, Any]] = []
        for page in client.get_paginator("get_query_results").paginate(QueryExecutionId=query):
            columns = page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
            rows += [[cell.get("VarCharValue") for cell in row["Data"]] for row in page["ResultSet"]["Rows"]]
        return [column["Name"] for column in columns], [column["Type"] for column in columns], rows[1:]


@dataclass
class ApiUser:
    stack: RunningStack
    bearer: str

    def call(self, method: str, path: str, status: int, **options: Any) -> Any:
        """The decoded body of an answer that must have this status."""
        answer = self.stack.sessions.request(
            method,
            self.stack.url(path),
            headers={"Authorization": f"Bearer {self.bearer}", **options.pop("headers", {})},
            timeout=30,
            **options,
        )
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None


def read_env_file(path: Path) -> dict[str, str]:
    lines = (line.removeprefix("export ") for line in path.read_text().splitlines())
    return {name: value.strip("'") for name, value in (line.split("=", 1) for line in lines)}


def local_settings(folder: Path, ports: list[int]) -> dict[str, str]:
    """A local stack of its own: empty, without passes of its own accord, and where roles may only what they must."""
    emulator, athena, api = ports
    return {
        "LOCAL_DIR": str(folder),
        "EMULATOR_PORT": str(emulator),
        "ATHENA_PORT": str(athena),
        "API_PORT": str(api),
        "SAMPLE": "0",
        "PASS_EVERY": "86400",
        "ENFORCE_IAM": "1",
    }
