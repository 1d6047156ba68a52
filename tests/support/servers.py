"""Starts the emulator and the Athena endpoint for tests that need nothing else."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from infra.local.processes import Service, port_answers
from tests.support.endpoint import REGION, Endpoint
from tests.support.patience import SHORTLY
from tests.support.processes import free_ports


@contextmanager
def running_endpoint(folder: Path) -> Iterator[Endpoint]:
    """The emulator and the Athena endpoint on free ports, with their files in the folder."""
    emulator_port, endpoint_port = free_ports(2)
    emulator_url = f"http://127.0.0.1:{emulator_port}"
    base = {
        "PATH": os.environ["PATH"], "TMPDIR": str(folder), "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION,
    }  # fmt: skip
    emulator = Service(
        name="The emulator",
        command=[sys.executable, "-m", "ministack"],
        environment={
            **base, "GATEWAY_PORT": str(emulator_port), "BIND_HOST": "127.0.0.1", "PERSIST_STATE": "0",
            "S3_PERSIST": "0", "IOT_MTLS_ENABLED": "0", "SFTP_ENABLED": "0", "LOG_LEVEL": "WARNING",
        },
        log=folder / "emulator.log",
        ready=lambda: port_answers(emulator_port),
        start_seconds=SHORTLY,
    )  # fmt: skip
    athena = Service(
        name="The Athena endpoint",
        command=[
            sys.executable, "-m", "infra.athena", "--backend", emulator_url, "--port", str(endpoint_port),
            "--state", str(folder / "state"), "--calls-log", str(folder / "calls.jsonl"),
        ],
        environment=base,
        log=folder / "endpoint.log",
        ready=lambda: port_answers(endpoint_port),
        start_seconds=SHORTLY,
    )  # fmt: skip
    try:
        emulator.start()
        athena.start()
        running = Endpoint(emulator_url, f"http://127.0.0.1:{endpoint_port}", folder / "calls.jsonl")
        running.prepare()
        yield running
    finally:
        athena.stop()
        emulator.stop()


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """One emulator and Athena endpoint for all tests that need nothing else."""
    with running_endpoint(tmp_path_factory.mktemp("athena")) as running:
        yield running
