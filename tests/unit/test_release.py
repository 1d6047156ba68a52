"""A release on a repository made for the test, and the one version that everything shows."""

import json
import os
import subprocess
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings

from infra.local.environment import stack_variables
from infra.local.settings import LocalSettings
from infra.packaging import ROOT
from infra.release import DOCUMENT, ReleaseError, release
from infra.version import version
from tasks.api.openapi import FILE

DAY = date(2026, 11, 28)
CHANGELOG = "# Changelog\n\n## Unreleased\n\n### Added\n- Something new.\n\n## 1.1.0 - 2026-10-01\n\n- Something old.\n"
TEXT = '{\n "openapi": "3.1.0",\n "info": {\n  "version": "1.1.0"\n }\n}\n'


def git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose only commit is version 1.1.0; git knows nothing but this folder."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    (tmp_path / DOCUMENT).parent.mkdir(parents=True)
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1.1.0"\n')
    (tmp_path / DOCUMENT).write_text(TEXT)
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "config", "user.name", "A developer")
    git(tmp_path, "config", "user.email", "developer@example.com")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "feat: something")
    return tmp_path


def test_release_is_a_commit_with_a_tag(project: Path) -> None:
    assert release("1.2.0", DAY, project) == "v1.2.0"
    assert git(project, "log", "--format=%s", "-1") == "chore(release): 1.2.0"
    assert git(project, "describe", "--exact-match") == "v1.2.0"
    assert git(project, "status", "--porcelain") == ""


def test_release_moves_the_unreleased_section_under_its_version(project: Path) -> None:
    release("1.2.0", DAY, project)
    assert (project / "CHANGELOG.md").read_text() == CHANGELOG.replace(
        "## Unreleased\n", "## Unreleased\n\n## 1.2.0 - 2026-11-28\n"
    )


def test_release_sets_the_version_everywhere(project: Path) -> None:
    release("1.2.0", DAY, project)
    assert version(project) == "1.2.0"
    document = json.loads((project / DOCUMENT).read_text())
    assert document == {"openapi": "3.1.0", "info": {"version": "1.2.0"}}


def test_present_version_can_be_released_once(project: Path) -> None:
    (project / "CHANGELOG.md").write_text(CHANGELOG + "\n")
    git(project, "commit", "--quiet", "--all", "--message", "docs: a line")
    assert release("1.1.0", DAY, project) == "v1.1.0"
    with pytest.raises(ReleaseError, match=r"v1\.1\.0 already exists"):
        release("1.1.0", DAY, project)


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ("1.2", "not a version"),
        ("v1.2.0", "not a version"),
        ("", "not a version"),
        ("1.02.0", "not a version"),
        ("1.0.9", "older"),
    ],
)
def test_other_versions_are_refused(project: Path, wanted: str, reason: str) -> None:
    with pytest.raises(ReleaseError, match=reason):
        release(wanted, DAY, project)


def test_unclean_tree_is_refused(project: Path) -> None:
    (project / "new.txt").write_text("not committed")
    with pytest.raises(ReleaseError, match="has changes"):
        release("1.2.0", DAY, project)


@pytest.mark.parametrize("text", ["# Changelog\n", CHANGELOG.replace("### Added\n- Something new.\n", "")])
def test_release_without_an_entry_is_refused_and_changes_nothing(project: Path, text: str) -> None:
    (project / "CHANGELOG.md").write_text(text)
    git(project, "commit", "--quiet", "--all", "--message", "docs: changelog")
    with pytest.raises(ReleaseError, match="no section"):
        release("1.2.0", DAY, project)
    assert git(project, "status", "--porcelain", "--untracked-files") == ""
    assert version(project) == "1.1.0"


def test_application_document_and_local_stack_show_the_projects_version(tmp_path: Path) -> None:
    local = stack_variables(LocalSettings(tmp_path, 1, 2, 3, sample=False, pass_every_seconds=1))
    assert {
        settings.VERSION,
        settings.SPECTACULAR_SETTINGS["VERSION"],
        json.loads(FILE.read_text())["info"]["version"],
        local["VERSION"],
    } == {version()}


def test_no_source_states_a_version_of_its_own() -> None:
    """Where it would be forgotten by a release."""
    sources = ("*.toml", "*.json", "infra/**.py", "todo_project/**.py", "tasks/**.py", "cdc_lambda/**.py", "glue/**.py")
    stated = git(ROOT, "grep", "--files-with-matches", "--fixed-strings", f'"{version()}"', "--", *sources)
    assert sorted(stated.splitlines()) == ["pyproject.toml", str(DOCUMENT)]
