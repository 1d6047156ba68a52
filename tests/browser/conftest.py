"""A page for Chromium to look at."""

from collections.abc import Iterator

import django
import pytest
from selenium import webdriver

from tests.browser import answers
from tests.browser.dashboard import LAST_CARD
from tests.browser.standin import StandIn, standing_in
from tests.support.page import Page


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    django.setup()
    with standing_in() as server:
        yield server


@pytest.fixture
def page(driver: webdriver.Chrome, stand_in: StandIn) -> Iterator[Page]:
    """The browser, in its usual state: desktop width, light, motion allowed, no old console lines."""
    shown = Page(driver, stand_in.address)
    shown.console()
    yield shown
    shown.emulate()
    driver.get("about:blank")


@pytest.fixture
def figures(page: Page, stand_in: StandIn) -> Page:
    """The dashboard with half a year's figures, without animation."""
    stand_in.answers = answers.published()
    page.emulate(motion="reduce")
    page.open("/dashboard", until=LAST_CARD)
    return page
