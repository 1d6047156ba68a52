"""What must hold before anything is started; each failure is one line that says what to do."""

import shutil
import socket
from pathlib import Path

from infra.local.processes import HOST, StackError
from infra.local.settings import LocalSettings, Names

FREE_DISK_MB = 1024


def check_machine(settings: LocalSettings, names: Names) -> None:
    """Raises StackError for the first thing that would stop the stack half-way."""
    _require_free_disk(settings.folder)
    ports = settings.emulator_port, settings.athena_port, settings.api_port
    for port, name in zip(ports, names.ports, strict=True):
        _require_free_port(port, name)
    if settings.state.exists() and not settings.clean_mark.exists():
        raise StackError(
            "The emulator was killed last time, before it could save its state, and what is left is not whole: "
            f"`{names.forget}` forgets it, then start again."
        )


def _require_free_port(port: int, setting: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise StackError(
                f"Port {port} is in use: stop what uses it, or choose another with {setting}=<port>."
            ) from None


def _require_free_disk(folder: Path) -> None:
    free = shutil.disk_usage(folder).free // 2**20
    if free < FREE_DISK_MB:
        raise StackError(
            f"Only {free} MB are free where {folder} lies; the local stack wants {FREE_DISK_MB}: make room first."
        )
