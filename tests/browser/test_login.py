"""The sign-in page's template in a real browser."""

from tests.browser.standin import StandIn
from tests.support.page import Page


def test_sign_in_asks_for_email_and_password(page: Page, stand_in: StandIn) -> None:
    stand_in.context = {"next": "/dashboard"}
    page.open("/login", until="#email")
    fields = {field.get_attribute("name"): field.get_attribute("type") for field in page.all("form input")}
    assert fields == {"csrfmiddlewaretoken": "hidden", "next": "hidden", "email": "email", "password": "password"}
    assert page.one("[name=next]").get_attribute("value") == "/dashboard"
    assert page.driver.switch_to.active_element.get_attribute("id") == "email"
    assert page.all("[role=alert]") == []
    assert page.console() == []


def test_refused_sign_in_says_why_and_keeps_the_email(page: Page, stand_in: StandIn) -> None:
    stand_in.context = {"error": "E-mail or password is <wrong>.", "email": 'a"da@example.org'}
    page.open("/login", until="[role=alert]")
    assert page.text("[role=alert]") == "E-mail or password is <wrong>."
    assert page.one("#email").get_attribute("value") == 'a"da@example.org'
    password = page.driver.switch_to.active_element
    assert password.get_attribute("id") == "password"
    assert password.get_attribute("aria-describedby") == "sign-in-error"


def test_sign_in_fits_a_phone(page: Page, stand_in: StandIn) -> None:
    stand_in.context = {"error": "E-mail or password is wrong."}
    page.emulate(width=360)
    page.open("/login", until="#email")
    assert page.run("return document.documentElement.scrollWidth") <= 360
