"""Starts, finds and stops the supervisor from another process."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

from infra.local.instance import running_pid
from infra.local.processes import StackError
from infra.local.settings import LocalSettings
from infra.packaging import ROOT

EXIT_SECONDS = 5


def up(settings: LocalSettings, command: str = "run") -> None:
    """Starts the supervisor in the background; returns once everything is ready. Raises StackError if it fails."""
    pid = running_pid(settings.pid_file)
    if pid:
        print(f"The stack is already running (process {pid}).")
        return
    # A killed supervisor leaves its mark, which would look like the new one's.
    settings.ready_mark.unlink(missing_ok=True)
    settings.log("supervisor").parent.mkdir(parents=True, exist_ok=True)
    with settings.log("supervisor").open("wb") as log:
        child = subprocess.Popen(
            [sys.executable, "-u", "-m", "infra.local", command],
            cwd=ROOT,
            env={**os.environ, **settings.as_environment()},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    for text in _follow(settings, child):
        print(text, end="", flush=True)
    if child.poll() is not None:
        raise StackError("The stack failed to start; see the lines above.")


def _follow(settings: LocalSettings, child: "subprocess.Popen[bytes]") -> Iterator[str]:
    """The supervisor's output, until it is ready or has ended."""
    with settings.log("supervisor").open() as log:
        while True:
            done = child.poll() is not None or settings.ready_mark.exists()
            yield log.read()
            if done:
                time.sleep(0.2)
                yield log.read()
                return
            time.sleep(0.1)


def down(settings: LocalSettings) -> None:
    """Stops the stack, whether it runs in the foreground or background. Does nothing if it isn't running."""
    pid = running_pid(settings.pid_file)
    if not pid:
        print("The stack is not running.")
        return
    os.kill(pid, signal.SIGTERM)
    while running_pid(settings.pid_file):
        time.sleep(0.1)
    _wait_for_exit(pid)
    print("Stopped.")


def check(settings: LocalSettings) -> None:
    """Raises StackError unless the stack is up."""
    if not running_pid(settings.pid_file) or not settings.ready_mark.exists():
        raise StackError("The stack is not running, or not yet ready. Run `make up` first.")


def reset(settings: LocalSettings) -> None:
    """Stops the stack and deletes all its data, but keeps build results."""
    down(settings)
    for path in (settings.state, settings.folder / "logs", settings.folder / "tmp"):
        shutil.rmtree(path, ignore_errors=True)
    for file in (settings.clean_mark, settings.sample_mark, settings.env_file):
        file.unlink(missing_ok=True)
    print("Local state deleted.")


def _wait_for_exit(pid: int) -> None:
    """Waits for the end of a process that has released its lock. Bounded, because its parent may never reap it."""
    deadline = time.monotonic() + EXIT_SECONDS
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.02)
