"""An operator: runs the deployment's commands against engines of the test's own."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from infra.local.environment import process_environment
from infra.packaging import ROOT
from tests.pipeline.running import read_env_file

SECONDS = 300


@dataclass(frozen=True)
class Operator:
    """folder: what LOCAL_DIR is. ports: of the emulator and of the Athena endpoint."""

    folder: Path
    ports: tuple[int, int]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`python -m infra.deployment ARGUMENTS`."""
        emulator, athena = map(str, self.ports)
        places = {"LOCAL_DIR": str(self.folder), "DEPLOYED_PORT": emulator, "DEPLOYED_ATHENA_PORT": athena}
        return subprocess.run(
            [sys.executable, "-m", "infra.deployment", *arguments],
            cwd=ROOT,
            env={**process_environment({}), "PATH": os.environ["PATH"], **places},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def succeed(self, *arguments: str) -> str:
        """What a command prints that must succeed."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @property
    def variables(self) -> dict[str, str]:
        """What the deployment left in its `env` file."""
        return read_env_file(self.folder / "deployed" / "env")
