"""Fixtures: the table in moto, or in the DynamoDB of `--dynamodb-endpoint`, and what goes over the wire to it."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from threading import RLock
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.httpsession import URLLib3Session
from moto import mock_aws
from moto.core.models import botocore_stubber

from tasks.accounts import user_keys
from tasks.models import Item
from tests.support.environment import USER_KEY_SECRET
from tests.support.tokens import REGION

TABLE = "todo-app-data"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--dynamodb-endpoint", metavar="URL", help="a DynamoDB to use instead of moto's; it may be emptied"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Before the first client is made: botocore asks the environment, and moto leaves an address of our own alone."""
    endpoint = config.getoption("--dynamodb-endpoint")
    if endpoint:
        os.environ["AWS_ENDPOINT_URL_DYNAMODB"] = endpoint


@cache
def _clients() -> tuple[Any, Any]:
    """Made once: making a client takes longer than most tests do."""
    return boto3.resource("dynamodb", region_name=REGION), boto3.client("secretsmanager", region_name=REGION)


@pytest.fixture
def aws() -> Iterator[None]:
    """moto, one request at a time: it undoes a cancelled transaction by putting a copy of the whole table in place,
    and what another thread wrote in the meantime would be lost with it.
    """
    process, lock = botocore_stubber.process_request, RLock()

    def one_at_a_time(request: Any) -> Any:
        with lock:
            return process(request)

    with mock_aws(), patch.object(botocore_stubber, "process_request", one_at_a_time):
        yield


def make_table() -> Any:
    """The table as the stack declares it, empty, and the secret of the user keys."""

    def key(name: str) -> list[Any]:
        return [{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": name, "KeyType": "RANGE"}]

    dynamodb, secrets = _clients()
    with suppress(dynamodb.meta.client.exceptions.ResourceNotFoundException):
        dynamodb.Table(TABLE).delete()
    created = dynamodb.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=key("SK"),
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("PK", "SK", "updated_at", "due_date")
        ],
        GlobalSecondaryIndexes=[
            {"IndexName": f"by_{name}", "KeySchema": key(name), "Projection": {"ProjectionType": "ALL"}}
            for name in ("updated_at", "due_date")
        ],
    )
    created.wait_until_exists()
    secrets.create_secret(Name="user-key", SecretString=USER_KEY_SECRET)
    return created


@pytest.fixture
def table(aws: None) -> Iterator[Any]:
    user_keys.secret.cache_clear()
    yield make_table()
    user_keys.secret.cache_clear()


Wire = list[str]


class _Body:
    """The raw side of an answer, as botocore reads it."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self._content


@pytest.fixture
def calls(table: Any) -> Iterator[Wire]:
    """The names of the DynamoDB operations that the application sends from here on."""
    sent: Wire = []

    def record(event_name: str, **_: Any) -> None:
        sent.append(event_name.rpartition(".")[2])

    yield from _hooked(record, sent)


@pytest.fixture
def throttled(table: Any) -> Iterator[None]:
    """DynamoDB refuses every call for want of throughput."""
    content = b'{"__type": "com.amazonaws.dynamodb#ProvisionedThroughputExceededException", "message": "slow down"}'

    def refuse(request: Any, **_: Any) -> AWSResponse:
        return AWSResponse(request.url, 400, HTTPHeaders(), _Body(content))

    yield from _hooked(refuse, None)


def carry_out(request: Any, event_name: str) -> None:
    """What the request asks for happens, in moto or at the endpoint; nobody hears the answer."""
    if botocore_stubber(event_name=event_name, request=request) is None:
        URLLib3Session().send(request)


@contextmanager
def lost_answers(operation: str, times: int) -> Iterator[None]:
    """The operation happens, and the client hears of a failure, so many times."""
    events = Item._get_connection().connection.client.meta.events
    content = b'{"__type": "com.amazonaws.dynamodb#InternalServerError", "message": "lost"}'
    left = [times]

    def lose(request: Any, event_name: str, **_: Any) -> Any:
        if not left[0]:
            return None
        left[0] -= 1
        carry_out(request, event_name)
        return AWSResponse(request.url, 500, HTTPHeaders(), _Body(content))

    name = f"before-send.dynamodb.{operation}"
    handler: Callable[..., Any] = lose
    events.register_first(name, handler)
    try:
        yield
    finally:
        events.unregister(name, handler)


def _hooked(handler: Callable[..., Any], value: Any) -> Iterator[Any]:
    events = Item._get_connection().connection.client.meta.events
    events.register_first("before-send.dynamodb", handler)
    yield value
    events.unregister("before-send.dynamodb", handler)
