"""The API as a client meets it, on moto's table, with tokens of the tests' own pool."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.support.clients import client_of
from tests.support.tokens import ANN, BOB, id_claims, signed


@pytest.fixture
def anonymous(table: Any) -> APIClient:
    return APIClient()


@pytest.fixture
def ann(table: Any) -> APIClient:
    return client_of(signed(id_claims(ANN)))


@pytest.fixture
def bob(table: Any) -> APIClient:
    return client_of(signed(id_claims(BOB)))


@pytest.fixture
def analyst(table: Any) -> APIClient:
    """Bob, in the group that may read the organization's insights."""
    return client_of(signed(id_claims(BOB, **{"cognito:groups": ["analysts"]})))
