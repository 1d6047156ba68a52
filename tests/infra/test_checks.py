"""What the local stack asks of a machine before it starts anything."""

import dataclasses
import socket
import sys
from pathlib import Path

import pytest

from infra.local.checks import check_machine
from infra.local.processes import StackError
from infra.local.settings import DEPLOYMENT_NAMES, NAMES, LocalSettings, Names
from tests.support.processes import free_ports


@pytest.fixture
def settings(tmp_path: Path) -> LocalSettings:
    emulator, athena, api = free_ports(3)
    return LocalSettings(tmp_path, emulator, athena, api, sample=False, pass_every_seconds=1)


def test_a_new_folder_passes(settings: LocalSettings) -> None:
    check_machine(settings, NAMES)
    assert not settings.state.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="takes /proc, which Linux alone has, for a full disk")
def test_a_full_disk_is_refused_with_what_to_do(settings: LocalSettings) -> None:
    with pytest.raises(StackError, match=r"Only 0 MB are free on the disk of /proc\. The local stack needs 1024 MB\."):
        check_machine(dataclasses.replace(settings, folder=Path("/proc")), NAMES)


def test_state_without_the_mark_of_a_clean_stop_is_refused(settings: LocalSettings) -> None:
    settings.state.mkdir()
    with pytest.raises(StackError, match="make reset"):
        check_machine(settings, NAMES)


def test_state_with_the_mark_is_taken(settings: LocalSettings) -> None:
    settings.state.mkdir()
    settings.clean_mark.touch()
    check_machine(settings, NAMES)
    assert settings.clean_mark.exists()


@pytest.mark.parametrize("names", [NAMES, DEPLOYMENT_NAMES])
def test_a_taken_port_is_refused_with_the_variable_that_chooses_another(settings: LocalSettings, names: Names) -> None:
    for port, name in zip((settings.emulator_port, settings.athena_port, settings.api_port), names.ports, strict=True):
        with socket.create_server(("127.0.0.1", port)), pytest.raises(StackError, match=f"with {name}=<port>"):
            check_machine(settings, names)


def test_what_a_killed_deployment_left_is_forgotten_by_its_own_command(settings: LocalSettings) -> None:
    settings.state.mkdir()
    with pytest.raises(StackError, match="Delete it with `make destroy STAGE=local`"):
        check_machine(settings, DEPLOYMENT_NAMES)
