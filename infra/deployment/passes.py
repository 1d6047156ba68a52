"""Runs one pipeline pass of a stage."""

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
    """Runs a new pass and waits for its end. Raises DeploymentError if it fails."""
    if target.engines:
        _on_this_machine(target)
    else:
        _on_aws(target)


def _on_this_machine(target: Target) -> None:
    """Runs the pass here, because the emulator's state machine can't run Glue, CodeBuild or Athena."""
    done = subprocess.run(
        [sys.executable, "manage.py", "runpipeline"], cwd=ROOT, env={**os.environ, **target.variables()}, check=False
    )
    if done.returncode:
        raise DeploymentError("The pipeline pass failed; see its output above.")


def _on_aws(target: Target) -> None:
    """Waits for a running pass first, because a pass that starts beside another ends immediately."""
    machine = target.variables()["PIPELINE_ARN"]
    client = target.session.client("stepfunctions")
    print("Pipeline pass ...", flush=True)
    while client.list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"]:
        time.sleep(POLL_SECONDS)
    execution = client.start_execution(stateMachineArn=machine)["executionArn"]
    while (status := client.describe_execution(executionArn=execution)["status"]) == "RUNNING":
        time.sleep(POLL_SECONDS)
    if status != "SUCCEEDED":
        raise DeploymentError(f"The pipeline pass ended with {status}: {execution}")
