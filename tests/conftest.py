"""For all tests: a known environment, no network beyond this machine."""

import functools
import os
from typing import Any

import botocore.session
import django
import moto.core  # noqa: F401  (it must hook into botocore before the application makes a session)
import pytest
from pytest_socket import socket_allow_hosts

from tests.support.environment import prepare
from tests.support.layers import GroupScheduling, arrange

# Before anything imports the application, which reads the environment once.
KEY_SERVER = prepare()
django.setup()
# moto makes boto3 forget its session with each mock, and each session would parse AWS's service models anew.
botocore.session.create_loader = functools.cache(botocore.session.create_loader)
pytest_plugins = [
    "tests.support.table",
    "tests.support.stack",
    "tests.support.chromium",
    "tests.support.servers",
    "tests.support.spark",
]


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        # pytest-django would have a worker read the settings before it has an environment of its own.
        del os.environ["DJANGO_SETTINGS_MODULE"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    arrange(items)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> GroupScheduling:
    return GroupScheduling(config, log)


def pytest_runtest_setup(item: pytest.Item) -> None:
    socket_allow_hosts(["127.0.0.1", "::1"], allow_unix_socket=True)
