"""Load on loopback: the API and the peer in turn, each with two processes on one emulator. Then a soak with passes."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.clients import Timings, for_seconds, percentiles, run_concurrently, times
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
    """Both services have the same clients, engine, processes and threads. Takes several minutes."""
    with tempfile.TemporaryDirectory() as folder, _running(Path(folder)) as stack:
        yield from _load(stack, Path(folder))
        yield from _soak(stack)


def _load(stack: RunningStack, folder: Path) -> Iterator[Figure]:
    with _peer(stack, folder) as peer_url:
        rates = {}
        for name, url in (("API", stack.environment["API_ENDPOINT"]), ("peer", peer_url)):
            # Separate users, so that both lists have the same length.
            tokens = [stack.user(f"{name}-{number}@load.example").bearer for number in range(CLIENTS)]
            run_concurrently(url, tokens, times(1))
            seen, seconds = run_concurrently(url, tokens, times(LIVES))
            rates[name] = seen.requests / seconds
            yield from _seen(name, seen, rates[name])
    yield Figure("load: API's requests per second relative to the peer's", rates["API"] / rates["peer"], "x")


def _seen(name: str, seen: Timings, rate: float) -> Iterator[Figure]:
    yield Figure(f"load: {name}, requests per second, {CLIENTS} clients on 2 processes", rate, "/s")
    yield Figure(f"load: {name}, failed requests out of {seen.requests}", seen.failures, "", at_most(0))
    for route, median, high in percentiles(seen):
        yield Figure(f"load: {name}, {route}, p50", median, "ms")
        yield Figure(f"load: {name}, {route}, p99", high, "ms")


def _soak(stack: RunningStack) -> Iterator[Figure]:
    """Clients write while scheduled passes run. After one more pass, table and gold must be the same."""
    tokens = [stack.user(f"soak-{number}@load.example").bearer for number in range(CLIENTS)]
    before = _passes(stack)
    going_on, at_most_until = for_seconds(SOAK_SECONDS), for_seconds(LONGEST_SOAK_SECONDS)
    seen, seconds = run_concurrently(
        stack.environment["API_ENDPOINT"],
        tokens,
        lambda lives: going_on(lives) or (_passes(stack) == before and at_most_until(lives)),
    )
    during = _passes(stack) - before
    stack.manage("runpipeline")
    output = stack.manage("reconcile")
    compared = int(output.split(" tasks compared")[0].split()[-1])
    differences = 0 if "no difference" in output else compared
    yield Figure(f"soak: requests in {seconds:.0f} s while passes run", seen.requests)
    yield Figure("soak: failed requests", seen.failures, "", at_most(0))
    yield Figure("soak: passes completed meanwhile", during, "", at_least(1))
    yield Figure(f"soak: differences between table and gold, {compared:,} tasks compared", differences, "", at_most(0))


def _passes(stack: RunningStack) -> int:
    """The number of completed passes."""
    return stack.log("pipeline").count("\nPass: ")


@contextmanager
def _running(folder: Path) -> Iterator[RunningStack]:
    """A whole, empty system with scheduled passes."""
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
    """Creates another table with the same keys and indexes, because the peer's items don't suit the pipeline."""
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
