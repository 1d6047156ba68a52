"""The local stack as its user knows it: what it keeps, what it says when something is wrong, what it leaves behind."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.local.environment import process_environment
from infra.local.instance import running_pid
from tests.support.patience import LONG
from tests.support.processes import free_ports
from tests.support.running import ROOT, RunningStack, local_settings, read_env_file


@dataclass
class Local:
    """The commands of a stack in a folder of its own."""

    folder: Path
    settings: dict[str, str]

    def call(self, command: str, **settings: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "infra.local", command],
            cwd=ROOT,
            env=process_environment({**self.settings, **settings}),
            capture_output=True,
            text=True,
            timeout=LONG,
            check=False,
        )

    def stack(self) -> RunningStack:
        return RunningStack(read_env_file(self.folder / "env"))

    def processes(self) -> list[int]:
        """Processes whose environment names the folder: the supervisor and all that it started."""
        mark = f"LOCAL_DIR={self.folder}".encode()
        found = []
        for entry in Path("/proc").glob("[0-9]*/environ"):
            try:
                environment = entry.read_bytes().split(b"\0")
            except OSError:
                continue
            if mark in environment:
                found.append(int(entry.parent.name))
        return found

    def emulator(self) -> int:
        for pid in self.processes():
            if b"infra.local.emulator" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
                return pid
        raise LookupError("no emulator runs")


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Local]:
    local = Local(tmp_path, local_settings(tmp_path, free_ports(3)))
    yield local
    local.call("down")


def test_run_with_a_port_in_use_says_which_and_starts_nothing(local: Local) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        done = local.call("run", ATHENA_PORT=str(port))
    assert done.returncode == 1
    assert done.stderr == (
        f"Port {port} is in use. Stop the program that uses it, or choose another port with ATHENA_PORT=<port>.\n"
    )
    assert local.processes() == []


def test_up_with_a_port_in_use_fails_with_the_same_line(local: Local) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        done = local.call("up", API_PORT=str(port))
    assert done.returncode == 1
    assert f"Port {port} is in use" in done.stdout
    assert local.processes() == []


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="finds processes in /proc, which Linux alone has")
def test_down_leaves_nothing_running_and_up_finds_what_was_there(local: Local) -> None:
    assert local.call("up").returncode == 0
    user = local.stack().user("kept@example.com")
    user.call("POST", "/api/v1/tasks", 201, json={"title": "Before"})
    assert local.call("down").returncode == 0
    assert local.processes() == []

    assert local.call("up").returncode == 0
    stack = local.stack()
    user.stack = stack
    user.call("POST", "/api/v1/tasks", 201, json={"title": "After"})
    assert [task["title"] for task in user.call("GET", "/api/v1/tasks", 200)] == ["After", "Before"]
    stack.manage("runpipeline")
    (metrics,) = stack.athena("SELECT total_tasks FROM task_analytics_user_metrics")
    assert metrics["total_tasks"] == "2"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="finds processes in /proc, which Linux alone has")
def test_a_killed_emulator_stops_everything_and_asks_for_a_reset(local: Local) -> None:
    assert local.call("up").returncode == 0
    supervisor = running_pid(local.folder / "supervisor.pid")
    assert supervisor is not None
    os.kill(local.emulator(), signal.SIGKILL)
    while running_pid(local.folder / "supervisor.pid"):
        os.sched_yield()
    assert "`make reset`, then start again" in (local.folder / "logs" / "supervisor.log").read_text()

    (local.folder / "ready").touch()
    assert local.call("up").returncode == 1
    refused = local.call("run")
    assert refused.returncode == 1
    assert "`make reset`" in refused.stderr
    assert local.call("reset").returncode == 0
    assert local.call("up").returncode == 0
