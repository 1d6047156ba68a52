"""What public scanners say of the templates and of the code: nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

from infra.deployment.cloudformation import synthesise
from infra.packaging import ROOT

# CDK makes a resource wait for a role's policy by naming the role, which is there already.
HARMLESS = "W3005"


def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name(program)), *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.parametrize("stage", ["local", "production"])
def test_cfn_lint_finds_nothing(stage: str) -> None:
    templates = sorted(map(str, synthesise(stage).glob("*.template.json")))
    assert len(templates) == 9
    done = run("cfn-lint", "--regions", "us-east-1", "--ignore-checks", HARMLESS, "--template", *templates)
    assert (done.returncode, done.stdout) == (0, "")


def test_cfn_lint_would_find_something(tmp_path: Path) -> None:
    template = tmp_path / "t.json"
    template.write_text('{"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": "soon"}}}}')
    assert "E3012" in run("cfn-lint", "--regions", "us-east-1", "--template", str(template)).stdout


def test_bandit_finds_nothing() -> None:
    done = run("bandit", "--quiet", "--recursive", "--configfile", "pyproject.toml", ".")
    assert done.returncode == 0, done.stdout


def test_bandit_would_find_something(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("import pickle\npickle.loads(b'')\n")
    assert "B301" in run("bandit", "--quiet", "--configfile", "pyproject.toml", str(tmp_path / "bad.py")).stdout
