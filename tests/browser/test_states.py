"""The page's states: before the first pass, without completions, in trouble, renewed, old, light and dark, narrow."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.browser import answers
from tests.browser.dashboard import INSIGHTS, LAST_CARD, look_again, pixels_of
from tests.browser.standin import StandIn
from tests.support.page import Page

FIRST_CHART_MS = 2_000


def test_dashboard_asks_only_its_own_host_and_breaks_no_policy(figures: Page) -> None:
    urls = figures.run("return performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert len(urls) > 5
    assert [url for url in urls if not url.startswith(figures.address)] == []
    assert figures.console() == []


def test_published_without_a_completion_explains_itself(page: Page, stand_in: StandIn) -> None:
    stand_in.answers = answers.published()
    for name in ("throughput", "lead-time", "cycle-time", "streak"):
        stand_in.answers[f"{INSIGHTS}/{name}"] |= {"from": None, "to": None, "rows": []}
    page.open("/dashboard", until=LAST_CARD)
    assert [message.text for message in page.all(".card-message") if message.is_displayed()] == [
        "No task is completed yet. The first completed task starts this chart.",
        "No task is completed yet. When one is, you see here how long it took.",
        "No task has gone from in progress to completed yet. When one does, you see how long it took.",
        "No task is completed yet. The first completion starts a streak.",
    ]
    assert page.console() == []


def test_published_without_a_task_explains_itself(page: Page, stand_in: StandIn) -> None:
    stand_in.answers = answers.published()
    for path in [path for path in stand_in.answers if path.startswith(f"{INSIGHTS}/")]:
        stand_in.answers[path] |= {"from": None, "to": None, "rows": []}
    page.open("/dashboard", until=LAST_CARD)
    assert (
        page.text("#card-cumulative-flow .card-message") == "There are no tasks yet. The first one starts this chart."
    )
    assert page.text("#card-ageing .card-message") == "No tasks are open at the moment."
    assert page.text("#card-mix .card-message") == "There are no tasks at the moment."
    assert page.console() == []


def test_before_the_first_pass_the_page_says_what_to_do_and_then_fills(page: Page, stand_in: StandIn) -> None:
    stand_in.answers = answers.unpublished()
    page.open("/dashboard", until="#empty")
    assert page.one("#empty a").get_attribute("href") == f"{page.address}/api/v1/tasks"
    assert not page.one("#figures").is_displayed()
    stand_in.answers = answers.published()
    look_again(page)
    page.wait_for(LAST_CARD)
    assert not page.one("#empty").is_displayed()


def test_session_that_ended_leads_to_sign_in(page: Page, stand_in: StandIn) -> None:
    stand_in.status = 401
    page.open("/dashboard?weeks=12", until="#email")
    assert page.driver.current_url == f"{page.address}/login?next=%2Fdashboard%3Fweeks%3D12"


def test_service_in_trouble_shows_its_detail_and_can_be_tried_again(page: Page, stand_in: StandIn) -> None:
    stand_in.status = 503
    page.open("/dashboard", until="#problem")
    assert page.text("#problem-text") == "The figures could not be loaded. A detail about 503."
    stand_in.status, stand_in.answers = None, answers.published()
    page.one("#retry").click()
    page.wait_for(LAST_CARD)
    assert not page.one("#problem").is_displayed()


def test_newer_figures_replace_the_older_and_leave_open_what_was_opened(figures: Page, stand_in: StandIn) -> None:
    figures.one("#card-throughput .numbers summary").click()
    rows = answers.throughput()
    rows[-1]["completed"] = 6
    later = "2026-11-22T15:58:40.000Z"
    stand_in.answers[f"{INSIGHTS}/throughput"] = answers.answer("throughput", "", rows, as_of=later)
    stand_in.answers[INSIGHTS] = answers.summary(as_of=later)
    look_again(figures)
    figures.wait_for(f"time[datetime='{later}']")
    assert figures.text("#card-throughput .numbers-table tbody tr") == "16 - 22 Nov 2026 6"
    assert figures.text("#tiles .figure-value") == "6"


def test_same_figures_are_not_asked_for_again(figures: Page, stand_in: StandIn) -> None:
    stand_in.requested.clear()
    look_again(figures)
    figures.run("return new Promise((resolve) => setTimeout(resolve, 500))")
    assert [path for path in stand_in.requested if path.startswith("/api")] == [INSIGHTS]


def test_failed_refresh_keeps_the_figures_and_says_so(figures: Page, stand_in: StandIn) -> None:
    stand_in.status = 503
    look_again(figures)
    figures.wait_for("#freshness.stale")
    assert figures.text("#freshness").endswith("newer figures could not be loaded")
    assert figures.one(LAST_CARD).is_displayed()


def test_freshness_is_in_the_readers_time_zone(page: Page, stand_in: StandIn) -> None:
    stand_in.answers = answers.published()
    page.driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": "Asia/Tokyo"})
    try:
        page.open("/dashboard", until=LAST_CARD)
        assert page.text("#freshness time") == "23 Nov 2026, 00:57"
    finally:
        page.driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": ""})


def ago(**duration: int) -> str:
    moment = datetime.now(UTC) - timedelta(**duration)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def test_freshness_says_how_long_ago(page: Page, stand_in: StandIn) -> None:
    stand_in.answers = answers.published()
    stand_in.answers[INSIGHTS] = answers.summary(as_of=ago(minutes=3, seconds=20))
    page.open("/dashboard", until=LAST_CARD)
    assert page.text("#freshness").endswith("\u00b7 3 minutes ago")
    assert page.all("#freshness.stale") == []


@pytest.mark.parametrize(("hours", "old"), [(23, False), (25, True)])
def test_figures_older_than_a_day_are_marked(page: Page, stand_in: StandIn, hours: int, old: bool) -> None:
    stand_in.answers = answers.published()
    stand_in.answers[INSIGHTS] = answers.summary(as_of=ago(hours=hours))
    page.open("/dashboard", until=LAST_CARD)
    assert bool(page.all("#freshness.stale")) is old
    assert ("older than a day" in page.text("#freshness")) is old


def test_first_chart_is_there_within_two_seconds(page: Page, stand_in: StandIn) -> None:
    stand_in.answers = answers.published()
    page.open("/dashboard", until=LAST_CARD)
    script = "return performance.getEntriesByName('first-chart')[0].startTime"
    assert 0 < page.run(script) < FIRST_CHART_MS


def test_switch_to_dark_redraws_the_charts_without_a_reload(figures: Page) -> None:
    figures.run("window.sameDocument = true")
    light = figures.run("return getComputedStyle(document.body).backgroundColor")
    figures.emulate(scheme="dark", motion="reduce")
    assert figures.run("return getComputedStyle(document.body).backgroundColor") != light
    figures.wait_until(lambda: pixels_of(figures, "#card-throughput", "series-1") > 300)
    assert figures.run("return window.sameDocument")


@pytest.mark.parametrize(("motion", "animated"), [("reduce", False), ("no-preference", True)])
def test_charts_move_only_for_readers_who_like_it(page: Page, stand_in: StandIn, motion: str, animated: bool) -> None:
    stand_in.answers = answers.published()
    page.emulate(motion=motion)
    page.open("/dashboard", until=LAST_CARD)
    script = "return Boolean(Chart.getChart(document.querySelector('canvas')).options.animation)"
    assert page.run(script) is animated


def test_dashboard_fits_a_phone(page: Page, stand_in: StandIn) -> None:
    stand_in.answers = answers.published()
    page.emulate(width=360)
    page.open("/dashboard", until=LAST_CARD)
    page.run("for (const details of document.querySelectorAll('details')) details.open = true")
    assert page.run("return document.documentElement.scrollWidth") <= 360


def test_organizations_figures_fit_a_phone(page: Page, stand_in: StandIn) -> None:
    stand_in.answers = answers.published() | answers.of_organization()
    stand_in.context = {"analyst": True}
    page.emulate(width=360)
    page.open("/dashboard?of=organization&from=2026-09-01&to=2026-10-03", until="#card-retention")
    page.run("for (const details of document.querySelectorAll('details')) details.open = true")
    assert page.run("return document.documentElement.scrollWidth") <= 360


def test_sign_out_is_a_post_with_a_token(figures: Page) -> None:
    form = figures.one("form[action='/logout']")
    assert form.get_attribute("method") == "post"
    token = figures.one("form[action='/logout'] input[name=csrfmiddlewaretoken]")
    assert len(token.get_attribute("value") or "") == 64
