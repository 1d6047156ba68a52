"""A person opens what `make deploy STAGE=local` printed, in a browser that finds no host but this machine."""

import json
import re
from collections.abc import Iterator

import pytest
import requests
from selenium import webdriver

from tests.deploy.operator import Operator
from tests.support.page import Page
from tests.support.patience import SHORTLY
from tests.support.running import PASSWORD

EMAIL = "browser@example.com"
TASKS = "/api/v1/tasks"


@pytest.fixture
def page(driver: webdriver.Chrome, operator: Operator) -> Iterator[Page]:
    """Not signed in, at the address that the deployment names."""
    printed = re.search(r"^Deployed: (http://[^/]+)/docs", operator.succeed("deploy", "local"), re.MULTILINE)
    assert printed
    operator.succeed("manage", "local", "createuser", EMAIL, "--password", PASSWORD)
    shown = Page(driver, printed[1])
    driver.get(shown.address)
    driver.delete_all_cookies()
    shown.console()
    yield shown
    driver.get("about:blank")


def sign_in(page: Page, path: str, *, until: str) -> None:
    """From a page that wants it, which is then shown."""
    page.open(path, until="#email")
    page.one("#email").send_keys(EMAIL)
    page.one("#password").send_keys(PASSWORD)
    page.one("form button").click()
    page.wait_for(until)


def create(page: Page, title: str) -> None:
    """In the form at the page's end, of a user who is signed in."""
    page.open(TASKS, until="textarea[name=_content]")
    content = page.one("textarea[name=_content]")
    content.clear()
    content.send_keys(json.dumps({"title": title}))
    page.one("button[data-original-title^='Make a POST']").click()
    page.wait_until(lambda: "HTTP 201" in page.text(".response-info") and title in page.text(".response-info"))


def test_dashboard_is_shown_to_who_signs_in(page: Page) -> None:
    sign_in(page, "/dashboard", until="#empty, #figures")
    assert page.driver.current_url == f"{page.address}/dashboard"
    assert page.console() == []


def test_links_of_the_browsable_api_stay_there_and_lead_somewhere(page: Page) -> None:
    sign_in(page, f"/login?next={TASKS}", until=".response-info")
    for title in ("One", "Two"):
        create(page, title)
    page.open(f"{TASKS}?limit=1", until=".response-info")
    assert page.console() == []
    hrefs = [str(node.get_attribute("href")) for node in page.all("a[href], link[href]")]
    links = {href.partition("#")[0] for href in hrefs}
    assert [link for link in links if "cursor=" in link] != []
    assert {link for link in links if not link.startswith(f"{page.address}/")} == set()
    cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in page.driver.get_cookies())
    statuses = {link: requests.get(link, headers={"Cookie": cookies}, timeout=SHORTLY).status_code for link in links}
    assert set(statuses.values()) == {200}, statuses


def test_filters_of_the_list_send_only_what_is_filled_in(page: Page) -> None:
    sign_in(page, f"/login?next={TASKS}", until=".response-info")
    page.one("[data-target='#filtersModal']").click()
    page.wait_until(lambda: page.one("#filter-q").is_displayed())
    page.one("#filter-q").send_keys("on")
    page.one("#filter-priority option:nth-child(2)").click()
    page.one("#filter-form button").click()
    page.wait_until(lambda: page.driver.current_url == f"{page.address}{TASKS}?priority=low&q=on")
    assert "HTTP 200" in page.text(".response-info")
    assert page.console() == []
