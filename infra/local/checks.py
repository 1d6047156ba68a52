"""Checks the machine before anything starts. Each failure is one line that says what to do."""

import shutil
import socket
from pathlib import Path

from infra.local.processes import HOST, StackError
from infra.local.settings import LocalSettings, Names

FREE_DISK_MB = 1024


def check_machine(settings: LocalSettings, names: Names) -> None:
    """Raises StackError at the first problem that would stop the stack half-way."""
    _require_free_disk(settings.folder)
    ports = settings.emulator_port, settings.athena_port, settings.api_port
    for port, name in zip(ports, names.ports, strict=True):
        _require_free_port(port, name)
    if settings.state.exists() and not settings.clean_mark.exists():
        raise StackError(
            "The emulator was killed before it could save its state, so the saved state is incomplete. "
            f"Delete it with `{names.reset}`, then start again."
        )


def _require_free_port(port: int, setting: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise StackError(
                f"Port {port} is in use. Stop the program that uses it, or choose another port with {setting}=<port>."
            ) from None


def _require_free_disk(folder: Path) -> None:
    free = shutil.disk_usage(folder).free // 2**20
    if free < FREE_DISK_MB:
        raise StackError(f"Only {free} MB are free on the disk of {folder}. The local stack needs {FREE_DISK_MB} MB.")
