"""The three layers of tests, what each starts, and which tests share a process."""

from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

TESTS = Path(__file__).resolve().parents[1]
# The folders of each layer.
LAYERS = {
    "unit": ("unit",),
    "integration": ("api", "athena", "contract", "engines", "faults", "gold", "infra", "lake", "monitoring", "spark"),
    "system": ("browser", "deploy", "pipeline", "running"),
}
# Fixtures that take long to set up, with the paths of the modules that use them: these run in the same process, which
# sets the fixture up once. A module that uses several belongs to the first.
GROUPS = {
    "stack": ("pipeline/", "running/"),
    "operator": ("deploy/",),
    "spark": (
        "spark/",
        "contract/test_next_version.py",
        "contract/test_samples.py",
        "faults/test_silver_conformance.py",
    ),
    "built": tuple(f"gold/test_{name}.py" for name in ("explain", "maintenance", "project", "published_sql", "sql")),
    "driver": ("browser/",),
}
# What takes longest begins first, so that no process ends long after the others.
FIRST = ("stack", "gold/test_incremental.py", "operator", "built", "spark", "gold/test_small_histories.py")


class GroupScheduling(LoadScopeScheduling):
    """Runs the tests of a group in one process. xdist's own `loadgroup` finds no group with this version of pytest."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(TESTS.parent / nodeid.partition("::")[0])


def group_of(path: Path) -> str:
    """The fixture that a module shares with others, or the module itself."""
    place = path.relative_to(TESTS).as_posix()
    return next((name for name, places in GROUPS.items() if place.startswith(places)), place)


def layer_of(path: Path) -> str:
    """Raises LookupError for a test in a folder that belongs to no layer."""
    folder = path.relative_to(TESTS).parts[0]
    for layer, folders in LAYERS.items():
        if folder in folders:
            return layer
    raise LookupError(f"{path}: tests/{folder} is in no layer of tests/support/layers.py")


def arrange(items: list[pytest.Item]) -> None:
    """Marks each test with its layer and with what it needs; those that take longest come first.

    Raises pytest.UsageError for a module that uses a shared fixture and is not in its group.
    """
    for item in items:
        item.add_marker(layer_of(item.path))
        used = set(getattr(item, "fixturenames", ()))
        if "spark" in used:
            item.add_marker("spark")
        if used & {"stack", "operator"}:
            item.add_marker("stack")
        shared = next((name for name in GROUPS if name in used), None)
        if shared and group_of(item.path) != shared:
            raise pytest.UsageError(f"{item.path} uses `{shared}`: name it there in GROUPS of tests/support/layers.py")
    ranks = {group: rank for rank, group in enumerate(FIRST)}
    items.sort(key=lambda item: ranks.get(group_of(item.path), len(ranks)))
