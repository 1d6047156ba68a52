"""What public scanners say of the templates and of the code: nothing, but what is accepted with its reason."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.config import STAGES
from infra.deployment.cloudformation import synthesise
from infra.packaging import ROOT
from infra.scanners import nag, runs
from infra.scanners.__main__ import templates_of
from infra.scanners.accepted import CDK_NAG, CHECKOV, Accepted, Finding, covering, unneeded

EACH_STAGE = pytest.mark.parametrize("stage", list(STAGES))

# A stage's app with one more stack, whose bucket keeps no log of who reads it.
WITH_A_BUCKET = """
import sys
from aws_cdk import Stack, aws_s3
from infra.app import build
from infra.config import settings_of

app = build(settings_of("local"), sys.argv[1])
aws_s3.Bucket(Stack(app, "careless"), "Bucket", enforce_ssl=True)
app.synth()
"""


@EACH_STAGE
def test_cfn_lint_finds_nothing(stage: str) -> None:
    templates = templates_of(synthesise(stage))
    assert len(templates) >= 9
    assert runs.cfn_lint(templates) == ""


def test_cfn_lint_would_find_something(tmp_path: Path) -> None:
    template = tmp_path / "t.json"
    template.write_text('{"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": "soon"}}}}')
    assert "E3012" in runs.cfn_lint([template])


def test_bandit_finds_nothing() -> None:
    assert runs.bandit() == ""


def test_bandit_would_find_something(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("import pickle\npickle.loads(b'')\n")
    assert "B301" in runs.bandit(str(tmp_path / "bad.py"))


@EACH_STAGE
def test_cdk_nag_finds_what_is_accepted_and_each_acceptance_is_needed(stage: str) -> None:
    """A synthesis with anything else fails, which the next test shows."""
    found = nag.found(synthesise(stage))
    assert unneeded(found, CDK_NAG) == []
    assert [finding for finding in found if covering(finding, CDK_NAG) is None] == []


def test_cdk_nag_stops_a_synthesis_with_anything_else(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITH_A_BUCKET, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    report = json.loads((tmp_path / "validation-report.json").read_text())
    violations = [violation for plugin in report["pluginReports"] for violation in plugin["violations"]]
    assert [(found["ruleName"], len(found["violatingConstructs"])) for found in violations] == [("AwsSolutions-S1", 1)]
    assert violations[0]["violatingConstructs"][0]["constructPath"] == "careless/Bucket/Resource"


def test_no_more_is_accepted_of_cdk_nag_than_allowed() -> None:
    assert len(CDK_NAG) <= 8


@EACH_STAGE
def test_checkov_finds_what_is_accepted_and_each_acceptance_is_needed(stage: str) -> None:
    found = runs.checkov(templates_of(synthesise(stage)))
    assert [finding for finding in found if covering(finding, CHECKOV) is None] == []
    assert unneeded(found, CHECKOV) == []


def test_checkov_would_find_something(tmp_path: Path) -> None:
    template = tmp_path / "t.json"
    template.write_text('{"Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": {}}}}')
    assert Finding("CKV_AWS_53", "AWS::S3::Bucket.B") in runs.checkov([template])


def test_checkov_that_reads_no_template_is_an_error(tmp_path: Path) -> None:
    template = tmp_path / "t.json"
    template.write_text("{}")
    with pytest.raises(runs.ScannerError):
        runs.checkov([template])


def test_checkov_that_can_not_be_had_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "LOCK", tmp_path / "lock.txt")
    nobody = "--index-url http://127.0.0.1:1/simple"
    runs.LOCK.write_text(f"{nobody}\ncheckov==0 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(runs.ScannerError, match=r"could not be installed .*package index"):
        runs.installed_checkov(tmp_path / "scanners")


@pytest.mark.parametrize("entry", [*CDK_NAG, *CHECKOV], ids=lambda entry: entry.rule)
def test_reasons_name_paths_that_are_there(entry: Accepted, named_paths: Callable[[str], list[str]]) -> None:
    assert [path for path in named_paths(entry.why) if not (ROOT / path).exists()] == []


@pytest.fixture
def named_paths() -> Callable[[str], list[str]]:
    """The files of ours that a text names."""
    return lambda text: [word.strip(".,;()") for word in text.split() if word.startswith(("tests/", "docs/"))]
