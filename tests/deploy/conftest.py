"""Fixture: `STAGE=local`, deployed once for the module to engines of its own, and destroyed at its end."""

from collections.abc import Iterator

import pytest

from tests.deploy.operator import Operator
from tests.processes import free_ports


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    emulator, athena = free_ports(2)
    made = Operator(tmp_path_factory.mktemp("deploy"), (emulator, athena))
    made.succeed("deploy", "local")
    yield made
    made.run("destroy", "local")
