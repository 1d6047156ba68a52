"""Fixture: `STAGE=local`, deployed once for all tests here to engines of its own, and destroyed at their end."""

from collections.abc import Iterator

import pytest

from tests.deploy.operator import Operator
from tests.support.processes import free_ports


@pytest.fixture(scope="package")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    made = Operator(tmp_path_factory.mktemp("deploy"), free_ports(3))
    made.succeed("deploy", "local")
    yield made
    made.run("destroy", "local")
