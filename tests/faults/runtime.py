"""One process, one seeded source of chance, one clock: what the product gets from its machine comes from the world.

Replaced are the socket, the clock, sleep, entropy and threads; a silver pass is given `engine.py` for its Spark.
Nothing else of the product is replaced.
"""

import logging
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

import requests
from botocore.httpsession import URLLib3Session
from botocore.regions import EndpointRulesetResolver
from botocore.retries.quota import RetryQuota
from botocore.signers import RequestSigner
from botocore.useragent import UserAgentString
from requests.adapters import HTTPAdapter

from cdc_lambda import handler
from cdc_lambda.firehose import FirehoseDelivery
from glue.job import storage
from glue.lake import commit, quarantine
from tasks.accounts import erasure, export_storage, identity, user_keys
from tasks.insights import publishing, reconciliation
from tasks.models import user
from tests.faults.world import DELIVERY_STREAM, World
from tests.support.tokens import KEY_ID, PRIVATE_KEY, jwk
from todo_project import authentication

THREADED = (commit, quarantine, storage, erasure, publishing, reconciliation, user)
CACHES: tuple[Any, ...] = (
    handler._wiring,
    export_storage._s3,
    user_keys.secret,
    identity.client,
    authentication.token_validator,
)


class Inline(Executor):
    """Threads whose turns are always in the order they were started: each runs at once, to its end."""

    def __init__(self, *_: Any) -> None:
        """Takes what ThreadPoolExecutor takes."""

    def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(work(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


class _Current:
    world: World
    thread: int


def _send(_: Any, request: Any) -> Any:
    return _Current.world.network.send(request)


def _keys(_: Any, request: Any, **__: Any) -> requests.Response:
    """The pool's key set, which the product fetches without boto3."""
    answer = requests.Response()
    answer.status_code = 200
    answer.url = request.url
    answer.json = lambda **_: {"keys": [KEY_SET]}  # type: ignore[method-assign]
    return answer


KEY_SET = jwk(PRIVATE_KEY, KEY_ID)


REAL_SLEEP = time.sleep


CONSTRUCT_ENDPOINT = EndpointRulesetResolver.construct_endpoint
ENDPOINTS: dict[tuple[str, str | None], Any] = {}


def _endpoint(resolver: Any, operation_model: Any, call_args: Any, request_context: Any) -> Any:
    """Where a request goes: botocore's own answer, asked for once."""
    key = operation_model.service_model.service_name, call_args.get("Bucket")
    if key not in ENDPOINTS:
        ENDPOINTS[key] = CONSTRUCT_ENDPOINT(resolver, operation_model, call_args, request_context)
    return ENDPOINTS[key]


def _sleep(seconds: float) -> None:
    if threading.get_ident() == _Current.thread:
        _Current.world.scheduler.pause(seconds)
    else:
        REAL_SLEEP(seconds)  # a thread of somebody else's in this process


def _monotonic() -> float:
    return _Current.world.clock.now


def _entropy(count: int) -> bytes:
    return _Current.world.entropy.randbytes(count)


@contextmanager
def installed() -> Iterator[None]:
    """The process belongs to simulations until the end."""
    forget()
    with ExitStack() as stack:
        for target, name, value in REPLACED:
            stack.enter_context(mock.patch.object(target, name, value))
        for module in THREADED:
            stack.enter_context(mock.patch.object(module, ThreadPoolExecutor.__name__, Inline))
        defaults: Any = FirehoseDelivery.__init__.__kwdefaults__
        stack.enter_context(mock.patch.dict(defaults, {"sleep": _sleep}))
        stack.enter_context(mock.patch.dict(os.environ, {"DELIVERY_STREAM_NAME": DELIVERY_STREAM}))
        logging.disable(logging.CRITICAL)
        chance = random.getstate()
        try:
            remember()
            yield
        finally:
            random.setstate(chance)
            logging.disable(logging.NOTSET)
            forget()


REPLACED: tuple[tuple[Any, str, Any], ...] = (
    (URLLib3Session, "send", _send),
    (HTTPAdapter, "send", _keys),
    (time, "sleep", _sleep),
    (time, "monotonic", _monotonic),
    (os, "urandom", _entropy),
    (random, "_urandom", _entropy),
    # What no model reads and botocore makes anew for each request: a quarter of a seed's time.
    (UserAgentString, "to_string", lambda _: "simulated"),
    (RequestSigner, "sign", lambda *_, **__: None),
    (EndpointRulesetResolver, "construct_endpoint", _endpoint),
    # A client's budget for retries would be carried over from one seed to the next.
    (RetryQuota, "acquire", lambda _, capacity_amount: True),  # noqa: ARG005 -- botocore's name
)


@contextmanager
def living_in(world: World) -> Iterator[World]:
    """Inside, `world` is the product's machine; random numbers begin anew with its seed."""
    _Current.world, _Current.thread = world, threading.get_ident()
    authentication.token_validator.cache_clear()
    random.seed(f"machine {world.seed}")
    try:
        yield world
    finally:
        world.clock.stop()


def forget() -> None:
    """What the product keeps for the life of a process."""
    for cache in CACHES:
        cache.cache_clear()


def remember() -> None:
    """Fills what the product keeps for the life of a process, so that no seed is the first."""
    with living_in(World(0)):
        handler._wiring()
        export_storage._s3()
        identity.client()
        user_keys.user_key("")
