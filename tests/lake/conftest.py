from collections.abc import Iterator

import pytest
from moto import mock_aws

from glue.lake import Lake
from tests.support.lakes import make_lake


@pytest.fixture
def target() -> Iterator[Lake]:
    with mock_aws():
        yield make_lake()
