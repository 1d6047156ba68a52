"""The dbt project by hand, as an analyst runs it: in its folder, with nothing but the stack's variables."""

import subprocess
import sys
from pathlib import Path

from infra.local.environment import process_environment
from tests.support.running import ROOT, RunningStack


def dbt(stack: RunningStack, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(Path(sys.executable).with_name("dbt")), *arguments],
        cwd=ROOT / "analytics_dbt",
        env=process_environment(stack.environment),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def test_build_by_hand_passes_with_its_unit_tests(stack: RunningStack) -> None:
    done = dbt(stack, "build", "--full-refresh")
    assert done.returncode == 0, done.stdout
    assert "ERROR=0" in done.stdout
    assert "unit_test" in done.stdout
