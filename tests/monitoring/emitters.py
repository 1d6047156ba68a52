"""Runs what emits metrics in the product, and reads what it sent: embedded in log lines, or put to CloudWatch."""

import io
import json
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import asdict, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import boto3
import duckdb
import jsonschema
from moto import mock_aws
from moto.backends import get_backend
from moto.core.models import DEFAULT_ACCOUNT_ID
from rest_framework.test import APIClient

from cdc_lambda import handler
from glue.job.silver_pass import SilverPass
from glue.lake import metrics
from tasks.accounts import user_keys
from tasks.insights import metrics as business_metrics
from tasks.insights.athena import Row
from tasks.management.commands.reconcile import Command as Reconcile
from tasks.models import Publication, instants
from tasks.scheduled import measure_freshness
from tests.monitoring.cloudwatch import Point, Series
from tests.support.clients import client_of
from tests.support.records import KEY, insert, modify, task, text
from tests.support.table import make_table
from tests.support.tokens import ANN, REGION, id_claims, signed
from todo_project.logs import JsonFormatter

# The page's own: .../monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
SCHEMA = json.loads((Path(__file__).parent / "embedded_metric_format.schema.json").read_text())
TASKS = "/api/v1/tasks"
STREAM = {"DELIVERY_STREAM_NAME": "events", "USER_KEY_SECRET_ID": "user-key", "AWS_DEFAULT_REGION": REGION}


def embedded(line: str) -> list[Point]:
    """The points of a log line, if it is one of the embedded format; its form is checked."""
    document = json.loads(line)
    if "_aws" not in document:
        return []
    jsonschema.validate(document, SCHEMA)
    return [
        Point(
            Series(
                directive["Namespace"],
                definition["Name"],
                frozenset((name, document[name]) for name in dimensions),
            ),
            definition["Unit"],
            value,
        )
        for directive in document["_aws"]["CloudWatchMetrics"]
        for dimensions in directive["Dimensions"]
        for definition in directive["Metrics"]
        for value in _values(document[definition["Name"]])
    ]


def _values(target: float | list[float]) -> list[float]:
    return target if isinstance(target, list) else [target]


def put(region: str = REGION) -> list[Point]:
    """What moto's CloudWatch was given."""
    backend: Any = get_backend("cloudwatch")[DEFAULT_ACCOUNT_ID][region]
    return [
        Point(
            Series(datum.namespace, datum.name, frozenset((d.name, d.value) for d in datum.dimensions)),
            datum.unit,
            datum.value,
        )
        for datum in backend.metric_data
    ]


def cdc(*, poison: bool = False, refused: bool = False) -> list[Point]:
    """A batch of two records; with poison one of them makes no event; refused: there is no stream to take them."""
    second = modify(task(2), task(3, **text(status="done"))) if poison else modify(task(1), task(2), number=2)
    with mock_aws(), patch.dict("os.environ", STREAM):
        boto3.client("secretsmanager").create_secret(Name="user-key", SecretString=KEY.decode())
        if not refused:
            _delivery_stream()
        handler._wiring.cache_clear()
        with redirect_stdout(io.StringIO()) as said, patch("cdc_lambda.firehose.time.sleep"):
            handler.handler({"Records": [insert(task()), second]}, None)
        handler._wiring.cache_clear()
    return [point for line in said.getvalue().splitlines() for point in embedded(line)]


def _delivery_stream() -> None:
    boto3.client("s3").create_bucket(Bucket="lake")
    boto3.client("firehose").create_delivery_stream(
        DeliveryStreamName="events",
        ExtendedS3DestinationConfiguration={
            "RoleARN": "arn:aws:iam::123456789012:role/delivery",
            "BucketARN": "arn:aws:s3:::lake",
        },
    )


@contextmanager
def api_log() -> Iterator[list[str]]:
    """The lines that the API's formatter makes of what is logged meanwhile."""
    lines: list[str] = []

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    collector = Lines()
    collector.setFormatter(JsonFormatter())
    logging.getLogger("todo_api").addHandler(collector)
    try:
        yield lines
    finally:
        logging.getLogger("todo_api").removeHandler(collector)


def requests() -> list[Point]:
    """A write and its replay by somebody signed in, and a request by nobody."""
    with mock_aws(), api_log() as lines:
        user_keys.secret.cache_clear()
        make_table()
        ann = client_of(signed(id_claims(ANN)))
        for _ in range(2):
            ann.post(TASKS, {"title": "Once"}, format="json", headers={"Idempotency-Key": "k"})
        APIClient().get(TASKS)
        user_keys.secret.cache_clear()
    return [point for line in lines for point in embedded(line)]


def freshness(age: timedelta = timedelta(minutes=30)) -> list[Point]:
    """The scheduled measurement, when the newest insights are of this age."""
    with mock_aws(), api_log() as lines:
        make_table()
        as_of = instants.format_instant(instants.now() - age)
        Publication.note(pass_id=None, as_of=as_of, form="", started_at=instants.now())
        measure_freshness({}, None)
    return [point for line in lines for point in embedded(line)]


def silver(done: SilverPass | None = None) -> list[Point]:
    """A committed pass; by default one of ten new events."""
    counts = asdict(done or SilverPass("p", lines=10, new_events=10))
    with mock_aws():
        metrics.put_silver(boto3.client("cloudwatch", region_name=REGION), counts)
        return put()


def reconciliation(differences: int = 0) -> list[Point]:
    with mock_aws():
        Reconcile()._measure(Counter({"compared": 9, "differences": differences}))
        return put()


class SmallGold:
    """Gold's two relations with one open task of one user, behind the query as it is."""

    def query(self, sql: str) -> Iterator[Row]:
        with duckdb.connect() as connection:
            connection.execute("create schema todo_analytics")
            connection.execute(
                "create table todo_analytics.organisation_summary as select 1 as total_users, 1 as active_this_month,"
                " 1 as total_tasks, 0.0 as completion_rate, 1.0 as tasks_per_user"
            )
            connection.execute(
                "create table todo_analytics.insight_mix as select * from (values ('*', 'status', 'pending', 1),"
                " ('*', 'priority', 'high', 1)) rows(user_id, dimension, value, n)"
            )
            found = connection.execute(sql)
            names = [column[0] for column in found.description or []]
            yield from (dict(zip(names, row, strict=True)) for row in found.fetchall())


def business() -> list[Point]:
    with mock_aws():
        business_metrics.put(SmallGold())
        return put()


EMITTERS: tuple[Callable[[], list[Point]], ...] = (cdc, requests, freshness, silver, reconciliation, business)


@cache
def normal(emitter: Callable[[], list[Point]]) -> tuple[Point, ...]:
    """What an emitter sends in normal work; run once."""
    return tuple(emitter())


def at(points: list[Point] | tuple[Point, ...], moment: float) -> list[Point]:
    return [replace(point, at=moment) for point in points]
