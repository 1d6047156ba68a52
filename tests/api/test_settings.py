"""A missing variable stops the start with a line that says what to do."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["TABLE_NAME", "USER_POOL_ID", "DJANGO_SECRET_KEY", "ENVIRONMENT"])
def test_missing_variable_is_named_with_the_way_to_get_it(name: str) -> None:
    environment = {key: value for key, value in os.environ.items() if key != name}
    started = subprocess.run(
        [sys.executable, "-c", "import todo_project.settings"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert started.returncode != 0
    assert f"{name} is not set. On a laptop, run `make up`, then `. .local/env`." in started.stderr
