"""Load on loopback: two processes of the API and two of the peer on one emulator, in turn; then a soak with passes."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.clients import Seen, at_once, for_seconds, percentiles, times
from benchmarks.figures import Figure, at_least, at_most
from infra.local.environment import process_environment
from infra.local.processes import Service, port_answers
from infra.packaging import ROOT
from tests.support.processes import free_ports
from tests.support.running import RunningStack, local_settings, read_env_file

CLIENTS = 8
LIVES = 30
PEER_TABLE = "peer-tasks"
SOAK_SECONDS = 120
LONGEST_SOAK_SECONDS = 600
SECONDS_BETWEEN_PASSES = 20


def figures() -> Iterator[Figure]:
    """Both services have the same clients, engine, processes and threads; some minutes."""
    with tempfile.TemporaryDirectory() as folder, _running(Path(folder)) as stack:
        yield from _load(stack, Path(folder))
        yield from _soak(stack)


def _load(stack: RunningStack, folder: Path) -> Iterator[Figure]:
    with _peer(stack, folder) as peer_url:
        rates = {}
        for name, url in (("API", stack.environment["API_ENDPOINT"]), ("peer", peer_url)):
            # Users of its own for each, so that both lists are as long.
            tokens = [stack.user(f"{name}-{number}@load.example").bearer for number in range(CLIENTS)]
            at_once(url, tokens, times(1))
            seen, seconds = at_once(url, tokens, times(LIVES))
            rates[name] = seen.requests / seconds
            yield from _seen(name, seen, rates[name])
    yield Figure("load: requests a second, the API's against the peer's", rates["API"] / rates["peer"], "x")


def _seen(name: str, seen: Seen, rate: float) -> Iterator[Figure]:
    yield Figure(f"load: {name}, requests a second, {CLIENTS} clients on 2 processes", rate, "/s")
    yield Figure(f"load: {name}, failed requests of {seen.requests}", seen.failures, "", at_most(0))
    for route, median, high in percentiles(seen):
        yield Figure(f"load: {name}, {route}, p50", median, "ms")
        yield Figure(f"load: {name}, {route}, p99", high, "ms")


def _soak(stack: RunningStack) -> Iterator[Figure]:
    """Clients write while passes run by the clock; then one more pass, and nothing may differ."""
    tokens = [stack.user(f"soak-{number}@load.example").bearer for number in range(CLIENTS)]
    before = _passes(stack)
    going_on, at_most_until = for_seconds(SOAK_SECONDS), for_seconds(LONGEST_SOAK_SECONDS)
    seen, seconds = at_once(
        stack.environment["API_ENDPOINT"],
        tokens,
        lambda lived: going_on(lived) or (_passes(stack) == before and at_most_until(lived)),
    )
    during = _passes(stack) - before
    stack.manage("runpipeline")
    said = stack.manage("reconcile")
    compared = int(said.split(" tasks compared")[0].split()[-1])
    differences = 0 if "no difference" in said else compared
    yield Figure(f"soak: requests in {seconds:.0f} s, passes running", seen.requests)
    yield Figure("soak: failed requests", seen.failures, "", at_most(0))
    yield Figure("soak: passes that ended meanwhile", during, "", at_least(1))
    yield Figure(f"soak: differences between table and gold, {compared:,} tasks compared", differences, "", at_most(0))


def _passes(stack: RunningStack) -> int:
    """How many have ended."""
    return stack.log("pipeline").count("\nPass: ")


@contextmanager
def _running(folder: Path) -> Iterator[RunningStack]:
    """A whole system, empty, with passes by the clock."""
    settings = {**local_settings(folder / "stack", free_ports(3)), "PASS_EVERY": str(SECONDS_BETWEEN_PASSES)}
    environment = process_environment(settings)

    def local(command: str) -> None:
        subprocess.run([sys.executable, "-m", "infra.local", command], cwd=ROOT, env=environment, check=True)

    local("up")
    try:
        yield RunningStack(read_env_file(folder / "stack" / "env"))
    finally:
        local("down")


@contextmanager
def _peer(stack: RunningStack, folder: Path) -> Iterator[str]:
    (port,) = free_ports(1)
    environment = process_environment(stack.environment)
    service = Service(
        name="The peer",
        command=[
            sys.executable, "-m", "uvicorn", "benchmarks.peer.app:app", "--port", str(port), "--workers", "2",
            "--no-access-log",
        ],
        environment={
            **environment,
            "TABLE_NAME": _table_like_the_apis(stack),
            "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": stack.environment["AWS_ENDPOINT_URL"],
            "PYTHONPATH": os.pathsep.join([str(ROOT), environment.get("PYTHONPATH", "")]),
        },
        log=folder / "peer.log",
        ready=lambda: port_answers(port),
        with_children=True,
    )  # fmt: skip
    try:
        service.start()
        yield f"http://127.0.0.1:{port}"
    finally:
        service.stop()


def _table_like_the_apis(stack: RunningStack) -> str:
    """Another table of the same keys and indexes: the peer knows nothing of what the pipeline asks of an item."""
    dynamodb = stack.client("dynamodb")
    known = dynamodb.describe_table(TableName=stack.environment["TABLE_NAME"])["Table"]
    indexes = [
        {part: index[part] for part in ("IndexName", "KeySchema", "Projection")}
        for index in known["GlobalSecondaryIndexes"]
    ]
    dynamodb.create_table(
        TableName=PEER_TABLE,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=known["KeySchema"],
        AttributeDefinitions=known["AttributeDefinitions"],
        GlobalSecondaryIndexes=indexes,
    )
    return PEER_TABLE
