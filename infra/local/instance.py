"""Ensures one supervisor per folder: it holds a lock on the pid file, which the system releases when it dies."""

import fcntl
import os
from pathlib import Path
from typing import TextIO


def acquire(pid_file: Path) -> TextIO | None:
    """Locks and returns the file, to be kept open while this process supervises. None if it is already locked."""
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
    """The running supervisor's process id, or None."""
    if not pid_file.exists():
        return None
    with pid_file.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(file.read())
    return None
