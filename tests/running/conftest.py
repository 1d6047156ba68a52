"""Clients of the running system, each test with a user of its own."""

import uuid

import pytest

from tests.support.running import ApiUser, RunningStack


@pytest.fixture
def user(stack: RunningStack) -> ApiUser:
    return stack.user(f"{uuid.uuid4().hex}@example.com")
