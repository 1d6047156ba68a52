"""Without a mouse, and without seeing."""

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.dashboard import heard
from tests.browser.page import Page, plain


def test_keys_walk_a_chart_from_week_to_week(figures: Page) -> None:
    plot = figures.one("#card-lead-time .plot")
    plot.send_keys(Keys.ARROW_LEFT)
    assert heard(figures, "#card-lead-time") == (
        "16 - 22 Nov 2026: 5 completed tasks, half done within 1 day 4 hours, "
        "85 of 100 done within 3 days 2 hours, 95 of 100 done within 4 days 19 hours"
    )
    plot.send_keys(Keys.ARROW_LEFT)
    assert heard(figures, "#card-lead-time").startswith("9 - 15 Nov 2026: 13 completed tasks")
    plot.send_keys(Keys.HOME)
    assert heard(figures, "#card-lead-time").startswith("25 - 31 May 2026: 8 completed tasks")


def test_keys_say_of_a_week_without_completions_that_it_has_none(figures: Page) -> None:
    plot = figures.one("#card-lead-time .plot")
    plot.send_keys(Keys.HOME)
    plot.send_keys(Keys.ARROW_RIGHT * 7)
    assert heard(figures, "#card-lead-time") == "13 - 19 Jul 2026: no task completed"


@pytest.mark.parametrize(
    ("card", "first", "last"),
    [
        ("throughput", "25 - 31 May 2026: 8 tasks completed", "16 - 22 Nov 2026: 5 tasks completed so far"),
        (
            "cumulative-flow",
            "25 May 2026: 10 pending, 2 in progress, 0 cancelled, 27 completed",
            "22 Nov 2026: 17 pending, 5 in progress, 6 cancelled, 171 completed",
        ),
        ("ageing", "Pending: 41 days, Older than usual", "Pending: 0 days"),
    ],
)
def test_ends_of_a_chart_are_told(figures: Page, card: str, first: str, last: str) -> None:
    plot = figures.one(f"#card-{card} .plot")
    plot.send_keys(Keys.HOME)
    assert heard(figures, f"#card-{card}") == first
    plot.send_keys(Keys.END)
    assert heard(figures, f"#card-{card}") == last


def test_charts_have_a_text_alternative(figures: Page) -> None:
    labels = [canvas.get_attribute("aria-label") for canvas in figures.all("canvas") if canvas.is_displayed()]
    assert labels == [
        "Bars, one for each of 26 weeks: 181 tasks completed, at most 13 in a week.",
        "Stacked areas over 182 days. On 25 May 2026 10 pending, 2 in progress, 0 cancelled, 27 completed; "
        "on 22 Nov 2026 17 pending, 5 in progress, 6 cancelled, 171 completed.",
        "Dots for each of 26 weeks. Of all 199 completed tasks, half done within 2 days 4 hours, "
        "85 of 100 done within 6 days 16 hours, 95 of 100 done within 13 days.",
        "Dots for each of 26 weeks. Of all 199 completed tasks, half done within 17 hours 21 minutes, "
        "85 of 100 done within 2 days 5 hours, 95 of 100 done within 4 days 8 hours.",
        "A dot for each of 22 open tasks. The oldest is 41 days old; 7 older than 85 of 100 completed ones were.",
    ]


def test_first_tab_stop_skips_to_the_content(figures: Page) -> None:
    figures.one("body").send_keys(Keys.TAB)
    skip = figures.driver.switch_to.active_element
    assert skip.text == "Skip to the content"
    skip.send_keys(Keys.ENTER)
    assert figures.driver.switch_to.active_element.get_attribute("id") == "content"


def test_tab_stops_follow_the_page(figures: Page) -> None:
    figures.run("document.querySelector('#definitions > summary').focus()")
    stops = []
    for _ in range(5):
        figures.driver.switch_to.active_element.send_keys(Keys.TAB)
        stops.append(figures.driver.switch_to.active_element)
    assert [stop.get_attribute("value") or stop.get_attribute("aria-label") or stop.text for stop in stops] == [
        "26",
        "Tasks completed each week: chart, arrow keys move from week to week",
        "Show the numbers",
        "How this is counted",
        "Tasks by status, day by day: chart, arrow keys move from day to day",
    ]


def test_arrow_keys_change_the_period(figures: Page) -> None:
    figures.one("#period :checked").send_keys(Keys.ARROW_LEFT)
    figures.wait_until(lambda: figures.text("#period-shown") == "31 Aug - 22 Nov 2026")


def test_chart_lets_go_of_its_place_when_left(figures: Page) -> None:
    plot = figures.one("#card-throughput .plot")
    plot.send_keys(Keys.END)
    plot.send_keys(Keys.TAB)
    active = "return Chart.getChart(document.querySelector('#card-throughput canvas')).getActiveElements().length"
    assert figures.run(active) == 0
    plot.send_keys(Keys.ARROW_RIGHT)
    assert heard(figures, "#card-throughput").startswith(plain("25 \u2013 31 May 2026"))
