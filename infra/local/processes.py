"""Child processes of the local stack: starts them, waits until they are ready, and stops them."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

HOST = "127.0.0.1"
PR_SET_PDEATHSIG = 1


class StackError(Exception):
    """One line for the person at the terminal: what is wrong and what to do."""


@dataclass
class Service:
    """One child process. `ready` is polled until it returns True; `stop_seconds` limits a clean stop.

    with_children: also stops the processes that it started, in its process group.
    """

    name: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    ready: Callable[[], bool]
    start_seconds: float = 120
    stop_seconds: float = 30
    with_children: bool = False
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Raises StackError if the process ends or isn't ready in time."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            # In its own session, so that Ctrl-C reaches only the supervisor, which stops the parts in order.
            self.process = subprocess.Popen(
                self.command,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509
            )
        deadline = time.monotonic() + self.start_seconds
        while not self.ready():
            if self.exit_code() is not None:
                raise StackError(f"{self.name} ended at once; see {self.log}.")
            if time.monotonic() > deadline:
                raise StackError(f"{self.name} was not ready within {self.start_seconds:.0f} s; see {self.log}.")
            time.sleep(0.05)

    def exit_code(self) -> int | None:
        return self.process.poll() if self.process else None

    def stop(self) -> bool:
        """Sends SIGTERM, and SIGKILL if the process doesn't end in time. Returns whether it ended by itself."""
        if self.process is None or self.process.poll() is not None:
            return False
        self._signal(signal.SIGTERM)
        try:
            self.process.wait(self.stop_seconds)
            ended = True
        except subprocess.TimeoutExpired:
            ended = False
        self._signal(signal.SIGKILL)
        self.process.wait()
        return ended

    def _signal(self, number: signal.Signals) -> None:
        if self.process is None:
            return
        try:
            if self.with_children:
                os.killpg(self.process.pid, number)
            else:
                self.process.send_signal(number)
        except ProcessLookupError:
            return


def _die_with_parent() -> None:
    """Ends this process with its parent, so that a killed supervisor leaves nothing behind (Linux only)."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def port_answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((HOST, port)) == 0
