"""The package stands alone: it imports itself, the standard library and what its README names."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "infra" / "athena"
LIBRARIES = {
    "boto3",
    "botocore",
    "duckdb",
    "mypy_boto3_athena",
    "mypy_boto3_glue",
    "mypy_boto3_s3",
    "sqlglot",
    "urllib3",
}


def imported(module: Path) -> Iterator[str]:
    """The first name of each import; of one from outside the package by dots, the dots."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield str(node.module).partition(".")[0]
        elif isinstance(node, ast.ImportFrom) and node.level > 1:
            yield "." * node.level


@pytest.mark.parametrize("module", sorted(PACKAGE.rglob("*.py")), ids=lambda module: str(module.relative_to(PACKAGE)))
def test_module_imports_nothing_else_of_ours(module: Path) -> None:
    assert set(imported(module)) - sys.stdlib_module_names <= LIBRARIES
