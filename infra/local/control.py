"""Starting, finding and stopping the supervisor from another process."""

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

GONE_SECONDS = 5


def up(settings: LocalSettings, command: str = "run") -> None:
    """The supervisor in the background; returns once all is ready. Raises StackError when it gives up."""
    pid = running_pid(settings.pid_file)
    if pid:
        print(f"The stack is up already (process {pid}).")
        return
    # A killed supervisor left its mark, which would pass for the new one's.
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
        raise StackError("The stack did not come up; the lines above say why.")


def _follow(settings: LocalSettings, child: "subprocess.Popen[bytes]") -> Iterator[str]:
    """What the supervisor prints, until it is ready or gone."""
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
    """Stops the stack, in the foreground or background; nothing to stop is no error."""
    pid = running_pid(settings.pid_file)
    if not pid:
        print("The stack is not running.")
        return
    os.kill(pid, signal.SIGTERM)
    while running_pid(settings.pid_file):
        time.sleep(0.1)
    _wait_until_gone(pid)
    print("Stopped.")


def check(settings: LocalSettings) -> None:
    """Raises StackError unless the stack is up."""
    if not running_pid(settings.pid_file) or not settings.ready_mark.exists():
        raise StackError("Nothing runs here, or not yet: `make up` first.")


def reset(settings: LocalSettings) -> None:
    """Stops the stack and forgets all its data; build results are kept."""
    down(settings)
    for path in (settings.state, settings.folder / "logs", settings.folder / "tmp"):
        shutil.rmtree(path, ignore_errors=True)
    for file in (settings.clean_mark, settings.sample_mark, settings.env_file):
        file.unlink(missing_ok=True)
    print("Local state forgotten.")


def _wait_until_gone(pid: int) -> None:
    """The last moments of a process that has released its lock; bounded, as nobody may be there to reap it."""
    deadline = time.monotonic() + GONE_SECONDS
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.02)
