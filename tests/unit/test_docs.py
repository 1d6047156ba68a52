"""What README and docs name is there: targets, paths, commands, routes."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.urls import resolve

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
TEXT = "\n".join(page.read_text() for page in PAGES)
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("target", sorted(set(re.findall(r"(?:`|^ +)make ([a-z-]+)", TEXT, re.MULTILINE))))
def test_named_target_is_in_the_makefile(target: str) -> None:
    assert target in TARGETS


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:[\w.-]+/)+[\w.-]*)`", TEXT))))
def test_named_path_exists(path: str) -> None:
    inside_tests = ROOT / "tests" / path
    assert (ROOT / path).exists() or inside_tests.exists()


COMMANDS = re.findall(r"manage\.py ([a-z_]+)", TEXT) + re.findall(r'make manage STAGE=\w+ RUN="([a-z_]+)', TEXT)


@pytest.mark.parametrize("command", sorted(set(COMMANDS)))
def test_named_command_is_known(command: str) -> None:
    assert command in get_commands()


@pytest.mark.parametrize("route", sorted(set(re.findall(r"(?:`|\$API_ENDPOINT)(/[a-z/0-9.]+)", TEXT))))
def test_named_route_resolves(route: str) -> None:
    assert resolve(route).func is not None


def test_readme_is_short() -> None:
    assert len(PAGES[0].read_text().splitlines()) < 125
