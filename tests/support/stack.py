"""Fixture: a whole running system, with a folder and ports of its own, empty; started once, when first asked for."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from infra.local.environment import process_environment
from tests.support.processes import free_ports
from tests.support.running import ROOT, RunningStack, local_settings, read_env_file

START_SECONDS = 900


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    folder = tmp_path_factory.mktemp("stack")
    environment = process_environment(local_settings(folder, free_ports(3)))

    def local(command: str) -> None:
        subprocess.run(
            [sys.executable, "-m", "infra.local", command], cwd=ROOT, env=environment, check=True, timeout=START_SECONDS
        )

    local("up")
    yield RunningStack(read_env_file(folder / "env"))
    local("down")
