"""At most one supervisor a folder: whoever holds the lock of the pid file runs, and a dead one holds nothing."""

import fcntl
import os
from pathlib import Path
from typing import TextIO


def take(pid_file: Path) -> TextIO | None:
    """The locked file, to be kept open as long as this process supervises; None when another one does."""
    file = pid_file.open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def running_pid(pid_file: Path) -> int | None:
    """The supervisor's process id, when there is one."""
    if not pid_file.exists():
        return None
    with pid_file.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(file.read())
    return None
