"""The emulator and the Athena endpoint, on free ports, once for the session."""

from collections.abc import Iterator

import pytest

from tests.support.endpoint import Endpoint
from tests.support.servers import running_endpoint


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    with running_endpoint(tmp_path_factory.mktemp("athena")) as running:
        yield running
