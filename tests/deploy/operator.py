"""An operator: runs the deployment's commands against engines of the test's own, which enforce IAM."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import boto3

from infra.local.environment import process_environment
from infra.local.settings import DEPLOYMENT_NAMES, REGION
from infra.packaging import ROOT
from tests.support.patience import LONG
from tests.support.running import read_env_file

TAKE_OUT = """
from infra.deployment.steps import delete_deployment
from infra.deployment.target import Target

delete_deployment(Target("local"))
"""


@dataclass(frozen=True)
class Operator:
    """folder: what LOCAL_DIR is. ports: of the emulator, of the Athena endpoint and of the API."""

    folder: Path
    ports: Sequence[int]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`python -m infra.deployment ARGUMENTS`."""
        return self._command(sys.executable, "-m", "infra.deployment", *arguments)

    def make(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`make ARGUMENTS`, in the environment that runs the tests."""
        return self._command("make", "-o", ".venv/installed", *arguments)

    def interrupt(self, *arguments: str, at: str) -> subprocess.CompletedProcess[str]:
        """A command that gets Ctrl-C once it has printed the line."""
        command = [sys.executable, "-m", "infra.deployment", *arguments]
        with subprocess.Popen(
            command,
            cwd=ROOT,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # Whoever runs the tests in the background ignores it.
            preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
        ) as process:
            assert process.stdout
            printed = "".join(iter(partial(next, process.stdout), f"{at}\n"))
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=LONG)
        return subprocess.CompletedProcess(command, process.returncode, printed + out, err)

    def delete_deployment(self) -> None:
        """What `destroy` does, but for the engines, which stay to be asked. In a process of its own, as `run` is."""
        done = self._command(sys.executable, "-c", TAKE_OUT)
        assert done.returncode == 0, done.stdout + done.stderr

    def _command(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words,
            cwd=ROOT,
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=LONG,
            check=False,
        )

    def _environment(self) -> dict[str, str]:
        ports = dict(zip(DEPLOYMENT_NAMES.ports, map(str, self.ports), strict=True))
        chosen = {"LOCAL_DIR": str(self.folder), "ENFORCE_IAM": "1", **ports}
        return {**process_environment({}), "PATH": os.environ["PATH"], **chosen}

    def succeed(self, *arguments: str) -> str:
        """What a command prints that must succeed."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def client(self, service: str) -> Any:
        """Of the engines, with an administrator's rights."""
        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=self.variables["AWS_ENDPOINT_URL"],
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    @property
    def variables(self) -> dict[str, str]:
        """What the deployment left in its `env` file."""
        return read_env_file(self.folder / "deployed" / "env")
