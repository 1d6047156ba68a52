"""A second DynamoDB, dynoxide: open source, and checked against AWS's own by a public suite of conformance.

Amazon's DynamoDB Local has terms of its own, which are for whoever runs it to accept; see docs/engines.md.
https://github.com/nubo-db/dynoxide
"""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.local.processes import Service, port_answers
from tests.engines.downloads import FOLDER, UnavailableError
from tests.processes import free_ports

VERSION = "3.2.0"


def installed() -> Path:
    """The program, built from crates.io by its own lock. Raises UnavailableError where it can't be built."""
    folder = FOLDER / f"dynoxide-{VERSION}"
    program = folder / "bin" / "dynoxide"
    if program.exists():
        return program
    cargo = shutil.which("cargo")
    if cargo is None:
        raise UnavailableError("cargo is missing, which builds the second DynamoDB: install Rust, or give an ENDPOINT.")
    command = [
        cargo, "install", "--quiet", "--locked", "--root", str(folder), "--version", f"={VERSION}",
        "--no-default-features", "--features", "native-sqlite,http-server,cli", "dynoxide-rs",
    ]  # fmt: skip
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise UnavailableError(f"dynoxide can't be built from crates.io: {done.stderr.strip()}")
    return program


@contextmanager
def running_dynamodb(log: Path) -> Iterator[str]:
    """The address of one that keeps its tables in memory."""
    program = installed()
    (port,) = free_ports(1)
    service = Service(
        name="The second DynamoDB",
        command=[str(program), "serve", "--port", str(port)],
        environment={},
        log=log,
        ready=lambda: port_answers(port),
    )
    try:
        service.start()
        yield f"http://127.0.0.1:{port}"
    finally:
        service.stop()
