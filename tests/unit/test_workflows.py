"""GitHub's workflows: actions that can't change under us, targets that exist, rights no wider than needed."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
FILES = [*WORKFLOWS, *sorted((ROOT / ".github" / "actions").glob("*/action.yml"))]
TEXT = "\n".join(path.read_text() for path in FILES)
TARGETS = set(re.findall(r"^([a-z./-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
GITHUBS_OWN = re.compile(r"actions/|\./")


def loaded(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(path.read_text())
    return content


@pytest.mark.parametrize("action", sorted(set(re.findall(r"uses: (.+)", TEXT))))
def test_action_is_pinned_by_commit_with_its_version_beside_it(action: str) -> None:
    assert re.fullmatch(r"\./\.github/actions/\w+|[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action)


def test_an_action_has_one_version_everywhere() -> None:
    pins = set(re.findall(r"uses: ([\w/-]+)@(.+)", TEXT))
    assert len(pins) == len({name for name, _ in pins})


@pytest.mark.parametrize("line", sorted(set(re.findall(r"run: (?:.*&& )?make (.+)", TEXT))))
def test_target_is_in_the_makefile(line: str) -> None:
    named = set(re.sub(r"\S+=.*", "", line).split())
    assert named
    assert named <= TARGETS


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_workflow_reads_only_unless_it_runs_githubs_own_actions_alone(workflow: Path) -> None:
    if loaded(workflow)["permissions"].get("contents") == "write":
        actions = re.findall(r"uses: (.+)", workflow.read_text())
        assert [action for action in actions if not GITHUBS_OWN.match(action)] == []


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_each_job_ends_by_itself(workflow: Path) -> None:
    assert [name for name, job in loaded(workflow)["jobs"].items() if "timeout-minutes" not in job] == []
