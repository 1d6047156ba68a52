"""Without a mouse, and without seeing."""

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser import answers
from tests.browser.dashboard import heard
from tests.support.page import Page, plain


def test_keys_walk_a_chart_from_task_to_task(figures: Page) -> None:
    plot = figures.one("#card-lead-time .plot")
    plot.send_keys(Keys.ARROW_LEFT)
    assert heard(figures, "#card-lead-time") == "18 Nov 2026, 09:00: took 4 days"
    plot.send_keys(Keys.ARROW_LEFT)
    assert heard(figures, "#card-lead-time") == "17 Nov 2026, 21:00: took 2 days"
    tooltip = "return Chart.getChart(document.querySelector('#card-lead-time canvas')).tooltip.body[0].lines"
    assert [plain(line) for line in figures.run(tooltip)] == ["took 2 d"]


def test_keys_say_of_a_task_that_took_long_how_many_took_less(figures: Page) -> None:
    plot = figures.one("#card-lead-time .plot")
    overall = answers.lead_time()[0]
    told = set()
    for row in answers.completions()[:18]:
        plot.send_keys(Keys.ARROW_LEFT)
        passed = [p for p in (85, 95) if row["lead_time_s"] > overall[f"p{p}_s"]]
        expected = f", longer than {passed[-1]} of 100" if passed else ""
        assert heard(figures, "#card-lead-time").partition(", longer")[1:] == expected.partition(", longer")[1:]
        told.add(expected)
    assert len(told) == 3


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
        "A dot for each of 181 completed tasks. Of all 199 completed tasks, half done within 2 days 4 hours, "
        "85 of 100 done within 6 days 16 hours, 95 of 100 done within 13 days.",
        "A dot for each of 154 completed tasks. Of all 199 completed tasks, half done within 17 hours 21 minutes, "
        "85 of 100 done within 2 days 5 hours, 95 of 100 done within 4 days 8 hours.",
        "A dot for each of 22 open tasks. The oldest is 41 days old; 7 older than 85 of 100 completed tasks were.",
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
