"""Child processes of the local stack: started, awaited, watched, stopped in order."""

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
    """One child process. `ready` is polled until it answers True; `stop_seconds` bounds a clean stop.

    with_children: what the process started is stopped with it, in its own process group.
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
        """Raises StackError when the process ends or does not answer in time."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            # A session of its own, so that Ctrl-C reaches the supervisor alone and it stops the parts in order.
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
                raise StackError(f"{self.name} ended at once; {self.log} says why.")
            if time.monotonic() > deadline:
                raise StackError(f"{self.name} did not answer within {self.start_seconds:.0f} s; see {self.log}.")
            time.sleep(0.05)

    def exit_code(self) -> int | None:
        return self.process.poll() if self.process else None

    def stop(self) -> bool:
        """Whether the process ended by itself after SIGTERM; it is killed when it does not."""
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
    """A killed supervisor must leave nothing behind (Linux only)."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def port_answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((HOST, port)) == 0
