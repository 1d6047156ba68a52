"""Packages and compiles the API and its peer as for Lambda, and runs each in its own process."""

import compileall
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from py_compile import PycInvalidationMode

from infra.deployment import api_package
from infra.packaging import (
    BUILD,
    ROOT,
    RUNTIME_PROVIDES,
    copy_package,
    install,
    lambda_platform,
    names_in,
    without_packages,
)
from tests.support.tokens import ANN, CLIENT_ID, POOL_ID, REGION, KeyServer, id_claims, signed

WARM = 20
ROUNDS = 3
# Packages of the benchmarks' lock that only measure or draw.
UNUSED_BY_PEER = {
    "contourpy", "cycler", "fonttools", "kiwisolver", "lz4", "matplotlib", "numpy", "orjson", "packaging", "pillow",
    "pyparsing", "trino", "uv", "uvicorn", "zstandard",
}  # fmt: skip


@dataclass(frozen=True)
class Cost:
    """The cost of a service's process. first: start and first response. each: a later response. unit: of both."""

    first: float
    each: float
    unit: str


@dataclass(frozen=True)
class Packages:
    """Folders on Python's path by service. `runtime` has what Lambda provides and is on both paths."""

    folders: dict[str, list[Path]]
    runtime: Path

    @classmethod
    def built(cls) -> "Packages":
        """Builds both from sources and locks, so that they are compiled the same way."""
        api = api_package.build()
        folder = BUILD / "benchmarks"
        shutil.rmtree(folder, ignore_errors=True)
        lock = (ROOT / "requirements" / "bench.txt").read_text()
        others = names_in(lock) - RUNTIME_PROVIDES
        platform = lambda_platform(api_package.PYTHON_VERSION)
        install(without_packages(lock, others), folder / "runtime", platform)
        install(without_packages(lock, RUNTIME_PROVIDES | UNUSED_BY_PEER), folder / "peer", platform)
        copy_package("benchmarks", folder / "runtime")
        compileall.compile_dir(folder, quiet=1, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)
        return cls({"api": [api.project, api.site_packages], "peer": [folder / "peer"]}, folder / "runtime")

    def cost(self, service: str, keys: KeyServer) -> Cost:
        """Counts instructions if valgrind is installed; otherwise CPU seconds, the best of several rounds."""
        if shutil.which("valgrind"):
            counts = [self._instructions(service, keys, times) for times in (1, 1 + WARM)]
        else:
            counts = [min(self._seconds(service, keys, times) for _ in range(ROUNDS)) for times in (1, 1 + WARM * 10)]
        unit, times = ("instructions", WARM) if shutil.which("valgrind") else ("s", WARM * 10)
        return Cost(counts[0], (counts[1] - counts[0]) / times, unit)

    def _instructions(self, service: str, keys: KeyServer, times: int) -> float:
        with tempfile.TemporaryDirectory() as folder:
            tool = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out"]
            report = self._run(tool, service, keys, times, folder).stderr
        found = re.search(r"Collected : (\d+)", report)
        return float(found[1]) if found else math.nan

    def _seconds(self, service: str, keys: KeyServer, times: int) -> float:
        before = os.times()
        with tempfile.TemporaryDirectory() as folder:
            self._run([], service, keys, times, folder)
        after = os.times()
        return after.children_user + after.children_system - before.children_user - before.children_system

    def _run(
        self, tool: list[str], service: str, keys: KeyServer, times: int, folder: str
    ) -> subprocess.CompletedProcess[str]:
        """Runs the service in an empty folder, with only what Lambda would have on its path."""
        command = [*tool, sys.executable, "-S", "-B", "-m", "benchmarks.function", service, str(times)]
        path = ":".join(map(str, [*self.folders[service], self.runtime]))
        environment = {**function_environment(keys), "PYTHONPATH": path, "PYTHONHASHSEED": "0"}
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{service} failed:\n{done.stderr[-3000:]}")
        return done


def function_environment(keys: KeyServer) -> dict[str, str]:
    """The environment of both services, and a token."""
    return {
        "PATH": os.environ["PATH"],
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",  # nosec B105 (the emulator takes any)
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": keys.address,
        "REGION": REGION,
        "ENVIRONMENT": "benchmark",
        "VERSION": "0.0.0",
        "DJANGO_SECRET_KEY": "a key of the benchmarks, as long as Django would like it to be",  # nosec B105 (no key)
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "TABLE_NAME": "todo-app-data",
        "USER_POOL_ID": POOL_ID,
        "CLIENT_ID": CLIENT_ID,
        "USER_KEY_SECRET_ID": "user-key",  # nosec B105 (a name)
        "LAKE_BUCKET": "lake",
        "SILVER_DATABASE": "silver",
        "STAGING_DATABASE": "staging",
        "GOLD_DATABASE": "gold",
        "ATHENA_WORKGROUP": "primary",
        "TOKEN": signed(id_claims(ANN)),
    }
