"""The product's version, read from `pyproject.toml`. A test compares the copies elsewhere with it."""

import tomllib
from pathlib import Path

from infra.packaging import ROOT


def version(root: Path = ROOT) -> str:
    return str(tomllib.loads((root / "pyproject.toml").read_text())["project"]["version"])
