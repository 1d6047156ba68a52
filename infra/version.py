"""The product's version. `pyproject.toml` states it; all else reads it here, or is compared with it by a test."""

import tomllib
from pathlib import Path

from infra.packaging import ROOT


def version(root: Path = ROOT) -> str:
    return str(tomllib.loads((root / "pyproject.toml").read_text())["project"]["version"])
