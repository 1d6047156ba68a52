"""One pipeline pass of a stage, from outside."""

import os
import subprocess
import sys
import time
from typing import Final

from infra.deployment import DeploymentError
from infra.deployment.target import Target
from infra.packaging import ROOT

POLL_SECONDS: Final = 10


def run_pass(target: Target) -> None:
    """Returns once a pass that began after the call is through. Raises DeploymentError when it fails."""
    if target.engines:
        _on_this_machine(target)
    else:
        _on_aws(target)


def _on_this_machine(target: Target) -> None:
    """The emulator has no Glue, CodeBuild or Athena that a state machine could wait for."""
    done = subprocess.run(
        [sys.executable, "manage.py", "runpipeline"], cwd=ROOT, env={**os.environ, **target.variables()}, check=False
    )
    if done.returncode:
        raise DeploymentError("The pipeline pass failed; what it printed above says why.")


def _on_aws(target: Target) -> None:
    """A pass that finds another running ends at once, so that one is waited for first."""
    machine = target.variables()["PIPELINE_ARN"]
    client = target.session.client("stepfunctions")
    print("Pipeline pass ...", flush=True)
    while client.list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"]:
        time.sleep(POLL_SECONDS)
    execution = client.start_execution(stateMachineArn=machine)["executionArn"]
    while (status := client.describe_execution(executionArn=execution)["status"]) == "RUNNING":
        time.sleep(POLL_SECONDS)
    if status != "SUCCEEDED":
        raise DeploymentError(f"The pipeline pass ended {status}: {execution}")
