"""A whole system of its own for the tests of the chain: its own folder, its own ports, empty."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.pipeline.running import ROOT, RunningStack, read_env_file

START_SECONDS = 180


def free_ports(count: int) -> list[int]:
    with ExitStack() as sockets:
        opened = [sockets.enter_context(socket.socket()) for _ in range(count)]
        for one in opened:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in opened]


@pytest.fixture(scope="session")
def start_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], RunningStack]]:
    folder = tmp_path_factory.mktemp("stack")
    emulator, athena, api = free_ports(3)
    environment = {
        **os.environ,
        "LOCAL_DIR": str(folder),
        "EMULATOR_PORT": str(emulator),
        "ATHENA_PORT": str(athena),
        "API_PORT": str(api),
        "SAMPLE": "0",
        "PASS_EVERY": "86400",
    }

    def local(command: str) -> None:
        subprocess.run(
            [sys.executable, "-m", "infra.local", command],
            cwd=ROOT, env=environment, check=True, timeout=START_SECONDS,
        )  # fmt: skip

    def start() -> RunningStack:
        local("up")
        return RunningStack(read_env_file(folder / "env"))

    yield start
    local("down")


@pytest.fixture(scope="session")
def stack(start_stack: Callable[[], RunningStack]) -> RunningStack:
    return start_stack()
