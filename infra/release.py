"""`python -m infra.release 1.2.3` dates the changelog's unreleased section, sets the version, commits and tags."""

import argparse
import re
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

from infra.packaging import ROOT
from infra.version import version

UNRELEASED = "## Unreleased\n"
DOCUMENT = Path("tasks", "api", "openapi", "openapi.json")
SEMANTIC = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", re.ASCII)


class ReleaseError(Exception):
    """The release is not possible; the message says what to do."""


def release(new: str, day: date, root: Path = ROOT) -> str:
    """Returns the tag. Raises ReleaseError before it changes anything."""
    if not SEMANTIC.fullmatch(new):
        raise ReleaseError(f"{new!r} is not a version. Use the form VERSION=1.2.3.")
    old, tag = version(root), f"v{new}"
    if _numbers(new) < _numbers(old):
        raise ReleaseError(f"{new} is older than {old}, the current version.")
    if _git(root, "status", "--porcelain"):
        raise ReleaseError("The tree has changes: commit or stash them first.")
    if _git(root, "tag", "--list", tag):
        raise ReleaseError(f"{tag} already exists.")
    changelog, project, document = root / "CHANGELOG.md", root / "pyproject.toml", root / DOCUMENT
    texts = {
        changelog: _dated(changelog, new, day),
        project: _replaced(project, 'version = "{}"', old, new),
        document: _replaced(document, '"version": "{}"', old, new),
    }
    for path, text in texts.items():
        path.write_text(text)
    _git(root, "commit", "--quiet", "--all", "--message", f"chore(release): {new}")
    _git(root, "tag", "--annotate", tag, "--message", new)
    return tag


def _numbers(semantic: str) -> tuple[int, ...]:
    return tuple(map(int, semantic.split(".")))


def _dated(changelog: Path, new: str, day: date) -> str:
    before, heading, after = changelog.read_text().partition(UNRELEASED)
    if not re.match(r"\s*(###|- )", after):
        raise ReleaseError("CHANGELOG.md has no section `## Unreleased` with entries: write them first.")
    return f"{before}{heading}\n## {new} - {day}\n{after}"


def _replaced(file: Path, line: str, old: str, new: str) -> str:
    """The file's text with the new version in the first such line."""
    text = file.read_text()
    if line.format(old) not in text:
        raise ReleaseError(f"{file.name} does not contain {old}, the current version.")
    return text.replace(line.format(old), line.format(new), 1)


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=False)  # noqa: S607  # nosec B607
    if done.returncode:
        raise ReleaseError(f"git {arguments[0]}: {done.stderr.strip()}")
    return done.stdout.strip()


def main() -> int:
    parser = argparse.ArgumentParser(prog="make release", usage="make release VERSION=1.2.3")
    parser.add_argument("version", nargs="?", default="", metavar="VERSION")
    try:
        tag = release(parser.parse_args().version, datetime.now(UTC).date())
    except ReleaseError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Tagged {tag}. Publish it with `git push --follow-tags`.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
