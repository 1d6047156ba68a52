"""One emulator and Athena endpoint for gold's tests; each history has databases of its own."""

from collections.abc import Iterator

import pytest

from tests.infra.endpoint import Endpoint
from tests.infra.servers import running_endpoint


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    with running_endpoint(tmp_path_factory.mktemp("gold")) as running:
        yield running
