"""The three layers of tests, what each starts, and which tests share a process."""

from collections.abc import Iterable
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
# The folders of each layer.
LAYERS = {
    "unit": ("unit",),
    "integration": ("api", "athena", "contract", "engines", "faults", "gold", "infra", "monitoring", "spark"),
    "system": ("browser", "deploy", "pipeline", "running"),
}
# Fixtures that take long to set up: all modules that use one run in the same process, which sets it up once. A module
# that uses several goes by the first.
SHARED = ("stack", "operator", "spark", "built", "driver")
# What takes longest begins first, so that no process ends long after the others.
FIRST = ("stack", "tests.gold.test_incremental", "operator", "built", "spark", "tests.gold.test_small_histories")


def layer_of(path: Path) -> str:
    """Raises LookupError for a test in a folder that belongs to no layer."""
    folder = path.relative_to(TESTS).parts[0]
    for layer, folders in LAYERS.items():
        if folder in folders:
            return layer
    raise LookupError(f"{path}: tests/{folder} is in no layer of tests/support/layers.py")


def arrange(items: list[pytest.Item]) -> None:
    """Marks each test with its layer, with what it needs, and with its group; those that take longest come first."""
    groups = _groups(items)
    for item in items:
        item.add_marker(layer_of(item.path))
        used = _fixtures(item)
        if "spark" in used:
            item.add_marker("spark")
        if used & {"stack", "operator"}:
            item.add_marker("stack")
        item.add_marker(pytest.mark.xdist_group(groups[_module(item)]))
    ranks = {group: rank for rank, group in enumerate(FIRST)}
    items.sort(key=lambda item: ranks.get(groups[_module(item)], len(ranks)))


def _groups(items: Iterable[pytest.Item]) -> dict[str, str]:
    """By module: the fixture that it shares with others, or the module itself."""
    used: dict[str, set[str]] = {}
    for item in items:
        used.setdefault(_module(item), set()).update(_fixtures(item))
    return {
        module: next((name for name in SHARED if name in fixtures), module.removesuffix(".py").replace("/", "."))
        for module, fixtures in used.items()
    }


def _fixtures(item: pytest.Item) -> set[str]:
    return set(getattr(item, "fixturenames", ()))


def _module(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]
