"""Imports point one way: a room may use only the rooms before it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
# In the order in which one may use another: each only what stands before it.
ROOMS = (
    "exceptions",
    "models",
    "services",
    "queries",
    "accounts",
    "insights",
    "api",
    "imports",
    "pages",
    "scheduled",
    "urls",
    "management",
)


def imported(file: Path) -> Iterator[str]:
    """The modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def test_every_module_is_in_a_room() -> None:
    found = {path.stem for path in (ROOT / "tasks").glob("*.py")} | {
        path.name for path in (ROOT / "tasks").iterdir() if (path / "__init__.py").exists()
    }
    assert found == {*ROOMS, "__init__"}


@pytest.mark.parametrize("room", ROOMS)
def test_room_uses_only_those_before_it(room: str) -> None:
    place = ROOT / "tasks" / room
    files = list(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]
    allowed = set(ROOMS[: ROOMS.index(room) + 1])
    used = {name.split(".")[1] for file in files for name in imported(file) if name.startswith("tasks.")}
    assert used <= allowed


def test_project_knows_no_task() -> None:
    files = (ROOT / "todo_project").rglob("*.py")
    assert [str(file) for file in files for name in imported(file) if name.split(".")[0] == "tasks"] == []
