"""The commands of the scheduled pass's builds, from the folder that AWS gets, against the running system."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infra.local.environment import process_environment
from infra.packaging import pipeline_folder
from tests.infra.test_pipeline_stack import build_commands
from tests.support.running import RunningStack

AS_OF = (datetime.now(UTC) + timedelta(days=20)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def run(stack: RunningStack, folder: Path, command: str) -> str:
    """What a command says that must succeed, in a shell that finds nothing of ours but the folder."""
    binaries = Path(sys.executable).parent
    environment = process_environment({**stack.environment, "AS_OF": AS_OF})
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=folder,
        env={**environment, "PATH": f"{binaries}:{os.environ['PATH']}", "PYTHONSAFEPATH": ""},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def folder() -> Path:
    return pipeline_folder()


def test_the_builds_of_a_pass_make_insights_of_writes(stack: RunningStack, folder: Path) -> None:
    """Silver is the Glue job's; here the laptop's stand-in makes it, and the gold that the builds then make anew."""
    user = stack.user("scheduled@example.com")
    user.call("POST", "/api/v1/tasks", 201, json={"title": "By the clock", "priority": "urgent"})
    commands = build_commands()
    run(stack, folder, commands["Bronze"])
    stack.manage("runpipeline")
    assert "PASS=" in run(stack, folder, commands["Gold"])
    assert "users published." in run(stack, folder, commands["Publish"])
    answer = user.call("GET", "/api/v1/insights", 200)
    assert answer["as_of"] == AS_OF
    assert {"dimension": "priority", "value": "urgent", "n": 1} in answer["insights"]["mix"]
    measured = {metric["MetricName"] for metric in stack.client("cloudwatch").list_metrics()["Metrics"]}
    assert {"TotalUsers", "AverageTasksPerUser", "SilverLines", "LinesQuarantined"} <= measured


def test_the_weekly_build_maintains_gold(stack: RunningStack, folder: Path) -> None:
    said = run(stack, folder, build_commands()["Maintenance"])
    assert "int_events maintained" in said


def test_the_daily_build_compares_and_measures(stack: RunningStack, folder: Path) -> None:
    assert "no difference" in run(stack, folder, build_commands()["Reconcile"])
    assert stack.client("cloudwatch").list_metrics(MetricName="ReconcileTasks")["Metrics"]
