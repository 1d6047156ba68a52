"""A built history that gold's tests share; each history has databases of its own."""

import pytest

from tests.support.endpoint import Endpoint
from tests.support.gold_lake import GoldLake
from tests.support.histories import END, history, split


@pytest.fixture(scope="session")
def built(endpoint: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> GoldLake:
    """A history in two passes, each built with all tests of the project; its docs are generated, too."""
    lake = GoldLake(endpoint, "built", tmp_path_factory.mktemp("built"))
    for day, part in enumerate(split(history(7, tasks=60), 7, 2), 10):
        lake.commit(part, f"202611{day}T040000000Z")
        done = lake.dbt("build", as_of=END)
        assert done.returncode == 0, done.stdout
    done = lake.dbt("docs", "generate", as_of=END, alone=True)
    assert done.returncode == 0, done.stdout
    return lake
