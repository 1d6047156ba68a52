"""Imports between the rooms of `glue` go one way, and what runs without Spark imports none."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.packaging import ROOT

GLUE = ROOT / "glue"
# Which rooms each room may import. The job's zip holds `job` and `lake` alone.
ALLOWED = {"lake": {"lake"}, "job": {"job", "lake"}, "operations": {"operations", "job", "lake"}}
OURS = {"analytics_dbt", "benchmarks", "cdc_lambda", "infra", "tasks", "tests", "todo_project"}
SPARK = {"pyspark", "py4j"}
NEEDS_NO_SPARK = [
    *sorted((GLUE / "lake").glob("*.py")),
    *(GLUE / "job" / f"{name}.py" for name in ("silver_pass", "spec", "storage")),
]


def imported(file: Path) -> Iterator[str]:
    """The full names of what a module imports, wherever in it, also for type checkers alone."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} has a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_every_module_is_in_a_room() -> None:
    assert [path.name for path in GLUE.glob("*.py")] == ["__init__.py"]
    assert {path.name for path in GLUE.iterdir() if path.is_dir() and path.name != "__pycache__"} == ALLOWED.keys()


@pytest.mark.parametrize("room", ALLOWED)
def test_a_room_imports_only_those_below_it(room: str) -> None:
    names = {name for file in (GLUE / room).glob("*.py") for name in imported(file)}
    found = {name.split(".")[1] for name in names if name.startswith("glue.")}
    assert "lake" in found
    assert found <= ALLOWED[room]


@pytest.mark.parametrize(("room", "others"), [("lake", set()), ("job", set()), ("operations", {"cdc_lambda"})])
def test_a_room_imports_nothing_else_of_ours(room: str, others: set[str]) -> None:
    packages = {name.partition(".")[0] for file in (GLUE / room).glob("*.py") for name in imported(file)}
    assert packages & OURS == others


@pytest.mark.parametrize("file", NEEDS_NO_SPARK, ids=lambda file: f"{file.parent.name}.{file.stem}")
def test_bookkeeping_and_pass_import_no_spark(file: Path) -> None:
    assert not {name.partition(".")[0] for name in imported(file)} & SPARK
