"""Each alarm has its section among the how-to pages, with a first step."""

import re

import pytest

from infra.packaging import ROOT
from tests.monitoring.template import alarms

PAGE = (ROOT / "docs" / "how-to" / "alarms.md").read_text()
_, *PARTS = re.split(r"^## ", PAGE, flags=re.MULTILINE)
SECTIONS = {part.partition("\n")[0]: part.partition("\n")[2] for part in PARTS}


def test_each_alarm_has_its_section_and_each_section_its_alarm() -> None:
    assert set(SECTIONS) == {*alarms(), "Budgets"}


@pytest.mark.parametrize("name", sorted(SECTIONS))
def test_section_says_what_it_means_and_what_to_do_first(name: str) -> None:
    """Or refers to another alarm's section, which does."""
    referred = re.match(r"As \*([a-z-]+)\*", SECTIONS[name])
    assert "First step:" in SECTIONS[referred[1] if referred else name]


@pytest.mark.parametrize("name", sorted(set(re.findall(r"\*([a-z]+(?:-[a-z0-9]+)+)\*", PAGE))))
def test_a_section_that_is_referred_to_is_there(name: str) -> None:
    assert name in SECTIONS


def test_alarm_itself_names_its_section() -> None:
    for name, alarm in alarms().items():
        assert alarm["AlarmDescription"].endswith(f"docs/how-to/alarms.md, {name}.")
