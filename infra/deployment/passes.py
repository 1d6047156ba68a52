"""One pipeline pass of a stage, from outside."""

import os
import subprocess
import sys

from infra.deployment import DeploymentError
from infra.deployment.target import Target
from infra.packaging import ROOT


def run_pass(target: Target) -> None:
    """Returns once a pass that began after the call is through. Raises DeploymentError when it fails."""
    done = subprocess.run(
        [sys.executable, "manage.py", "runpipeline"], cwd=ROOT, env={**os.environ, **target.variables()}, check=False
    )
    if done.returncode:
        raise DeploymentError("The pipeline pass failed; what it printed above says why.")
