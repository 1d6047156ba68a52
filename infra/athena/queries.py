"""Starts query executions, runs them in threads and finds them by id."""

import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import duckdb
from botocore.exceptions import BotoCoreError, ClientError

from .cursor import Name
from .engine import Engine
from .errors import QueryError, RequestError, from_duckdb
from .results import Outcome
from .session import Session
from .statements import Statement, classify, run, written_table

FINAL = ("SUCCEEDED", "FAILED", "CANCELLED")


@dataclass
class Execution:
    """One query execution. Times are seconds since the epoch."""

    id: str
    sql: str
    statement: Statement
    database: str
    catalog: str
    workgroup: str
    folder: str
    submitted: float = field(default_factory=time.time)
    state: str = "QUEUED"
    reason: str | None = None
    started: float | None = None
    completed: float | None = None
    scanned: int = 0
    outcome: Outcome | None = None
    session: Session | None = None
    finished: threading.Event = field(default_factory=threading.Event)

    @property
    def output(self) -> str:
        """The result's location."""
        suffix = ".csv" if self.statement.type == "DML" else ".txt"
        return f"{self.folder}{self.id}{suffix}"

    def described(self) -> dict[str, Any]:
        """The QueryExecution of Athena's API."""
        status: dict[str, Any] = {"State": self.state, "SubmissionDateTime": self.submitted}
        if self.completed is not None:
            status["CompletionDateTime"] = self.completed
        if self.reason is not None:
            status["StateChangeReason"] = self.reason
        if self.state == "FAILED":
            status["AthenaError"] = {"ErrorCategory": 2, "Retryable": False, "ErrorMessage": self.reason}
        now = self.completed or time.time()
        began = self.started or now
        return {
            "QueryExecutionId": self.id,
            "Query": self.sql,
            "StatementType": self.statement.type,
            "SubstatementType": self.statement.subtype,
            "ResultConfiguration": {"OutputLocation": self.output},
            "QueryExecutionContext": {"Database": self.database, "Catalog": self.catalog},
            "Status": status,
            "Statistics": {
                "EngineExecutionTimeInMillis": int((now - began) * 1000),
                "DataScannedInBytes": self.scanned,
                "TotalExecutionTimeInMillis": int((now - self.submitted) * 1000),
                "QueryQueueTimeInMillis": int((began - self.submitted) * 1000),
                "ServiceProcessingTimeInMillis": 0,
            },
            "WorkGroup": self.workgroup,
            "EngineVersion": {
                "SelectedEngineVersion": "Athena engine version 3",
                "EffectiveEngineVersion": "Athena engine version 3",
            },
        }


class TableLocks:
    """Allows one writer at a time for each table."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._locks: dict[Name, threading.Lock] = {}

    @contextmanager
    def writing(self, table: Name) -> Iterator[None]:
        with self._guard:
            lock = self._locks.setdefault(table, threading.Lock())
        with lock:
            yield


class Queries:
    """Runs at most `workers` queries at once and remembers the newest `kept`."""

    def __init__(self, engine: Engine, workers: int = 4, kept: int = 2000) -> None:
        self._engine = engine
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="query")
        self._kept = kept
        self._guard = threading.Lock()
        self._executions: OrderedDict[str, Execution] = OrderedDict()
        self._tokens: dict[str, str] = {}
        self._locks = TableLocks()

    def start(self, sql: str, *, database: str, catalog: str, workgroup: str, folder: str, token: str | None) -> str:
        """Starts a query and returns its id; a repeated `token` returns the id of the first."""
        with self._guard:
            if token is not None and token in self._tokens:
                return self._tokens[token]
            execution = Execution(str(uuid.uuid4()), sql, classify(sql), database, catalog, workgroup, folder)
            self._executions[execution.id] = execution
            if token is not None:
                self._tokens[token] = execution.id
            self._forget_old()
        self._pool.submit(self._run, execution)
        return execution.id

    def _forget_old(self) -> None:
        """Drops the oldest finished executions."""
        surplus = len(self._executions) - self._kept
        over = [e.id for e in self._executions.values() if e.state in FINAL][: max(0, surplus)]
        for identifier in over:
            del self._executions[identifier]
        self._tokens = {token: i for token, i in self._tokens.items() if i in self._executions}

    def find(self, identifier: str) -> Execution:
        """Raises RequestError if there is no such execution."""
        found = self._executions.get(identifier)
        if found is None:
            raise RequestError("InvalidRequestException", f"QueryExecution {identifier} was not found")
        return found

    def newest(self, workgroup: str) -> list[Execution]:
        with self._guard:
            return [e for e in reversed(self._executions.values()) if e.workgroup == workgroup]

    def stop(self, identifier: str) -> None:
        """Cancels a query; a finished one stays as it is."""
        execution = self.find(identifier)
        with self._guard:
            if execution.state in FINAL:
                return
            execution.state, execution.reason = "CANCELLED", "Query cancelled by user"
            execution.completed = time.time()
            session = execution.session
        if session is not None:
            session.cancel()
        execution.finished.set()

    def close(self) -> None:
        """Cancels what runs and waits for it."""
        for execution in list(self._executions.values()):
            self.stop(execution.id)
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _run(self, execution: Execution) -> None:
        with self._guard:
            if execution.state != "QUEUED":
                return
            execution.state, execution.started = "RUNNING", time.time()
        try:
            outcome = self._outcome(execution)
            self._engine.storage.write(
                execution.output, outcome.as_csv() if execution.statement.type == "DML" else outcome.as_text()
            )
            self._finish(execution, "SUCCEEDED", outcome=outcome)
        except QueryError as error:
            self._finish(execution, "FAILED", str(error))
        except duckdb.Error as error:
            self._finish(execution, "FAILED", str(from_duckdb(error)))
        except (BotoCoreError, ClientError, OSError) as error:
            self._finish(execution, "FAILED", f"GENERIC_INTERNAL_ERROR: {error}")
        except Exception as error:
            self._finish(execution, "FAILED", f"GENERIC_INTERNAL_ERROR: {type(error).__name__}: {error}")
            raise

    def _outcome(self, execution: Execution) -> Outcome:
        table = written_table(execution.statement, execution.database)
        with (
            self._locks.writing(table) if table else nullcontext(),
            self._engine.session(execution.database) as session,
        ):
            execution.session = session
            try:
                return run(session, execution.statement, execution.folder)
            finally:
                execution.scanned = session.scanned
                execution.session = None

    def _finish(
        self, execution: Execution, state: str, reason: str | None = None, outcome: Outcome | None = None
    ) -> None:
        with self._guard:
            if execution.state == "RUNNING":
                execution.outcome = outcome
                execution.reason, execution.completed = reason, time.time()
                execution.state = state
        execution.finished.set()
