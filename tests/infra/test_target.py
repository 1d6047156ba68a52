"""What an operator's own environment leads to."""

from pathlib import Path

import pytest

from infra.deployment import DeploymentError
from infra.deployment.target import Target


@pytest.fixture(autouse=True)
def nothing_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        # Set first, so that what the target itself sets is undone, too.
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))


def test_region_is_that_of_the_variable_which_the_how_to_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    assert Target("dev").session.region_name == "eu-central-1"


def test_region_of_a_profile_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "config").write_text("[profile work]\nregion = eu-west-1\n")
    monkeypatch.setenv("AWS_PROFILE", "work")
    assert Target("dev").session.region_name == "eu-west-1"


def test_no_region_is_said_with_what_to_set() -> None:
    with pytest.raises(DeploymentError, match="set AWS_REGION, or a profile"):
        Target("dev")


def test_an_unknown_profile_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(DeploymentError, match=r"\(nobody\) could not be found\. Sign in"):
        Target("dev")


def test_no_credentials_are_said_by_whatever_needs_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    for use in (Target("dev").variables, Target("dev").zappa, Target("dev").check_account):
        with pytest.raises(DeploymentError, match=r"Unable to locate credentials\)\. Sign in to AWS first"):
            use()
