"""The dashboard in a real browser, on answers of the API's shape."""

from datetime import UTC, datetime, timedelta

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser import answers
from tests.browser.page import Page, plain
from tests.browser.standin import StandIn

CHARTS = ("#card-throughput", "#card-lead-time")
LAST_CARD = "#card-mix"
INSIGHTS = "/api/v1/insights"

COLOURED_PIXELS = """
const { width, height } = arguments[0];
const pixels = arguments[0].getContext("2d").getImageData(0, 0, width, height).data;
const [red, green, blue] = arguments[1];
let found = 0;
for (let i = 0; i < pixels.length; i += 4) {
  if (pixels[i] === red && pixels[i + 1] === green && pixels[i + 2] === blue && pixels[i + 3] === 255) found += 1;
}
return found;
"""


@pytest.fixture
def figures(page: Page, stand_in: StandIn) -> Page:
    """The dashboard with half a year's figures, without animation."""
    stand_in.answers = answers.published()
    page.emulate(motion="reduce")
    page.open("/dashboard", until=LAST_CARD)
    return page


def pixels_of(page: Page, card: str, colour: str) -> int:
    """How many pixels of a card's canvas are of a colour of the style sheet, written `#rrggbb`."""
    value = page.run(f"return getComputedStyle(document.documentElement).getPropertyValue('--{colour}').trim()")
    channels = [int(value[start : start + 2], 16) for start in (1, 3, 5)]
    found = page.run(COLOURED_PIXELS, page.one(f"{card} canvas"), channels)
    assert isinstance(found, int)
    return found


def table_rows(page: Page, card: str) -> list[str]:
    page.run("for (const d of document.querySelectorAll(`${arguments[0]} details`)) d.open = true", card)
    return [plain(row.text) for row in page.all(f"{card} .numbers-table tbody tr")]


def bar_rows(page: Page, group: int) -> list[str]:
    return [" ".join(row.text.split()) for row in page.all(f".bar-group:nth-child({group}) tbody tr")]


def look_again(page: Page) -> None:
    """What the page does every half minute, and when its tab is looked at again."""
    page.run("document.dispatchEvent(new Event('visibilitychange'))")


@pytest.mark.parametrize("card", CHARTS)
def test_chart_is_drawn_in_the_series_colour(figures: Page, card: str) -> None:
    assert pixels_of(figures, card, "series-1") > 300


def test_dashboard_asks_only_its_own_host_and_breaks_no_policy(figures: Page) -> None:
    urls = figures.run("return performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert len(urls) > 5
    assert [url for url in urls if not url.startswith(figures.address)] == []
    assert figures.console() == []


def test_tiles_show_the_summary(figures: Page) -> None:
    shown = [plain(tile.text).split("\n") for tile in figures.all("#tiles .figure")]
    assert shown == [
        ["Completed this week", "5", "16 - 22 Nov 2026"],
        ["Open", "22", "5 in progress"],
        ["Half done within", "2 d 4 h", "2 days 4 hours", "of being created"],
        ["85 of 100 done within", "6 d 16 h", "6 days 16 hours", "of being created"],
        ["Completion rate", "89%", "without cancelled ones"],
        ["Streak", "4 days", "longest: 11 days"],
    ]


def test_tiles_of_insights_not_published_are_left_out(page: Page, stand_in: StandIn) -> None:
    stand_in.answers = answers.published()
    stand_in.answers[INSIGHTS]["insights"] = {"mix": answers.mix(), "streak": []}
    page.open("/dashboard", until=LAST_CARD)
    assert [tile.text for tile in page.all("#tiles dt")] == ["Completed this week", "Open"]


def test_numbers_of_throughput_are_the_answer_newest_first(figures: Page) -> None:
    rows = table_rows(figures, "#card-throughput")
    assert [int(row.rsplit(" ", 1)[1]) for row in rows] == answers.COMPLETED[:-27:-1]
    assert rows[0] == "16 - 22 Nov 2026 5"
    assert figures.text("#card-throughput .headline").split("\n")[1] == str(sum(answers.COMPLETED[-26:]))


def test_numbers_of_lead_time_leave_out_weeks_without_completions(figures: Page) -> None:
    rows = table_rows(figures, "#card-lead-time")
    assert len(rows) == sum(1 for n in answers.COMPLETED[-26:] if n)
    assert rows[0] == "16 - 22 Nov 2026 5 1 d 4 h 3 d 2 h 4 d 19 h"


@pytest.mark.parametrize(("choice", "weeks"), [("12", 12), ("26", 26), ("52", 31), ("all", 31)])
def test_choice_of_weeks_limits_the_charts(figures: Page, choice: str, weeks: int) -> None:
    figures.run("document.querySelector(`#period input[value='${arguments[0]}']`).click()", choice)
    assert len(table_rows(figures, "#card-throughput")) == weeks
    drawn = "return arguments[0].map((card) => Chart.getChart(document.querySelector(`${card} canvas`)).data.labels)"
    throughput, lead_time = figures.run(drawn, CHARTS)
    assert throughput == lead_time == answers.weeks()[-weeks:]


def test_lead_time_without_completions_in_the_weeks_shown_says_so(page: Page, stand_in: StandIn) -> None:
    stand_in.answers = answers.published()
    overall, *weekly = answers.lead_time()
    stand_in.answers[f"{INSIGHTS}/lead-time"]["rows"] = [overall, weekly[0] | {"week": "2025-W02"}]
    page.open("/dashboard", until=LAST_CARD)
    assert page.text("#card-lead-time .card-message") == "No task was completed in the latest 26 weeks."


def test_mix_shows_each_dimension_in_its_order(figures: Page) -> None:
    status, priority, category = (bar_rows(figures, group) for group in (1, 2, 3))
    assert [title.text for title in figures.all(".bar-group h3")] == ["By status", "By priority", "By category"]
    assert status == ["Pending 17 9%", "In progress 5 3%", "Completed 171 86%", "Cancelled 6 3%"]
    assert priority == ["Urgent 11 6%", "High 39 20%", "Medium 108 54%", "Low 41 21%"]
    assert category[0] == "website 61 31%"
    assert category[4] == "No category 19 10%"


def test_mix_draws_bars_in_proportion(figures: Page) -> None:
    widths = figures.run(
        "return [...document.querySelectorAll('.bar-group:nth-child(2) .bar')].map((bar) => bar.offsetWidth)"
    )
    assert widths[2] > 60
    assert widths[1] / widths[2] == pytest.approx(39 / 108, abs=0.02)


def test_category_with_markup_is_shown_as_text(page: Page, stand_in: StandIn) -> None:
    stand_in.answers = answers.published()
    rows = [{"dimension": "category", "value": "<img src=x onerror=alert(1)>", "n": 2}]
    stand_in.answers[f"{INSIGHTS}/mix"]["rows"] = rows
    page.open("/dashboard", until=".bar-group")
    assert page.text(".bar-group th[scope=row]") == "<img src=x onerror=alert(1)>"


def test_many_categories_fold_the_smaller_ones_away(page: Page, stand_in: StandIn) -> None:
    stand_in.answers = answers.published()
    rows = [{"dimension": "category", "value": f"category {n}", "n": n} for n in range(1, 21)]
    stand_in.answers[f"{INSIGHTS}/mix"]["rows"] = rows
    page.open("/dashboard", until=".bar-group")
    assert page.text(".bar-group details summary") == "12 more"
    assert len([row for row in page.all(".bar-group tbody tr") if row.is_displayed()]) == 8


def test_definition_is_the_answers_own(figures: Page) -> None:
    figures.one("#card-throughput .definition summary").click()
    assert figures.text("#card-throughput .definition p") == "The definition of throughput."


def test_insight_this_version_lacks_leaves_its_chart_out(page: Page, stand_in: StandIn) -> None:
    stand_in.answers = answers.published()
    del stand_in.answers[f"{INSIGHTS}/lead-time"]
    page.open("/dashboard", until=LAST_CARD)
    assert [card.get_attribute("id") for card in page.all(".card") if card.is_displayed()] == [
        "card-throughput",
        "card-mix",
    ]


def test_published_without_a_completion_explains_itself(page: Page, stand_in: StandIn) -> None:
    stand_in.answers = answers.published()
    for name in ("throughput", "lead-time", "mix"):
        stand_in.answers[f"{INSIGHTS}/{name}"]["rows"] = []
    page.open("/dashboard", until=LAST_CARD)
    messages = [message.text for message in page.all(".card-message")]
    assert messages == [
        "Nothing is completed yet. The first task you complete starts this chart.",
        "Nothing is completed yet. Once a task is, you see here how long it took.",
        "You have no tasks at the moment.",
    ]


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
    page.open("/dashboard", until="#email")
    assert page.driver.current_url == f"{page.address}/login?next=/dashboard"


def test_service_in_trouble_shows_its_detail_and_can_be_tried_again(page: Page, stand_in: StandIn) -> None:
    stand_in.status = 503
    page.open("/dashboard", until="#problem")
    assert page.text("#problem-text") == "Your figures could not be loaded. A detail about 503."
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


def test_freshness_says_how_long_ago(page: Page, stand_in: StandIn) -> None:
    stand_in.answers = answers.published()
    as_of = datetime.now(UTC) - timedelta(minutes=3, seconds=20)
    stand_in.answers[INSIGHTS] = answers.summary(as_of=as_of.isoformat(timespec="milliseconds")[:-6] + "Z")
    page.open("/dashboard", until=LAST_CARD)
    assert page.text("#freshness").endswith("· 3 minutes ago")


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


def test_keys_walk_a_chart_from_week_to_week(figures: Page) -> None:
    plot = figures.one("#card-lead-time .plot")
    heard = "return document.querySelector('#card-lead-time [aria-live]').textContent"
    plot.send_keys(Keys.ARROW_LEFT)
    assert plain(figures.run(heard)) == (
        "16 - 22 Nov 2026: 5 completed tasks, half done within 1 day 4 hours, "
        "85 of 100 done within 3 days 2 hours, 95 of 100 done within 4 days 19 hours"
    )
    plot.send_keys(Keys.ARROW_LEFT)
    assert plain(figures.run(heard)).startswith("9 - 15 Nov 2026: 13 completed tasks")
    plot.send_keys(Keys.HOME)
    assert plain(figures.run(heard)).startswith("25 - 31 May 2026: 8 completed tasks")


def test_keys_say_of_a_week_without_completions_that_it_has_none(figures: Page) -> None:
    plot = figures.one("#card-lead-time .plot")
    plot.send_keys(Keys.HOME)
    plot.send_keys(Keys.ARROW_RIGHT * 7)
    heard = figures.run("return document.querySelector('#card-lead-time [aria-live]').textContent")
    assert plain(heard) == "13 - 19 Jul 2026: no task completed"


def test_charts_have_a_text_alternative(figures: Page) -> None:
    labels = [canvas.get_attribute("aria-label") for canvas in figures.all("canvas") if canvas.is_displayed()]
    assert labels == [
        "Bars, one for each of 26 weeks: 181 tasks completed, at most 13 in a week.",
        "Lines over 26 weeks. Of all 199 completed tasks, half done within 2 days 4 hours, "
        "85 of 100 done within 6 days 16 hours, 95 of 100 done within 13 days.",
    ]


def test_first_tab_stop_skips_to_the_content(figures: Page) -> None:
    figures.one("body").send_keys(Keys.TAB)
    skip = figures.driver.switch_to.active_element
    assert skip.text == "Skip to the content"
    skip.send_keys(Keys.ENTER)
    assert figures.driver.switch_to.active_element.get_attribute("id") == "content"


def test_sign_out_is_a_post_with_a_token(figures: Page) -> None:
    form = figures.one("form[action='/logout']")
    assert form.get_attribute("method") == "post"
    token = figures.one("form[action='/logout'] input[name=csrfmiddlewaretoken]")
    assert len(token.get_attribute("value") or "") == 64
