"""The figures at the top."""

from tests.browser import answers
from tests.browser.dashboard import INSIGHTS, LAST_CARD
from tests.browser.standin import StandIn
from tests.support.page import Page, plain


def test_tiles_show_the_summary(figures: Page) -> None:
    shown = [plain(tile.text).split("\n") for tile in figures.all("#tiles .figure")]
    assert shown == [
        ["Completed this week", "5", "16 - 22 Nov 2026"],
        ["Completed in all", "199", "171 still here, 28 deleted since"],
        ["Open", "22", "5 in progress"],
        ["Overdue", "3", "open, their due date has passed"],
        ["Streak", "4 days", "longest: 11 days"],
        ["Half done within", "2 d 4 h", "2 days 4 hours", "of being created"],
        ["85 of 100 done within", "6 d 16 h", "6 days 16 hours", "of being created"],
        ["On time", "73%", "of those completed with a due date"],
        ["Completion rate", "89%", "of tasks still here, not cancelled"],
        ["Taken up again", "4%", "of 203 tasks ever completed"],
    ]


def test_tiles_of_insights_not_published_are_left_out(page: Page, stand_in: StandIn) -> None:
    stand_in.answers = answers.published()
    stand_in.answers[INSIGHTS]["insights"] = {"mix": answers.mix(), "streak": []}
    page.open("/dashboard", until=LAST_CARD)
    assert [tile.text for tile in page.all("#tiles dt")] == ["Completed this week", "Open"]


def test_shares_of_nothing_are_left_out(page: Page, stand_in: StandIn) -> None:
    stand_in.answers = answers.published()
    nothing = {
        "due-dates": [{"overdue": 0, "on_time": None}],
        "rework": [{"n": 0, "share": None}],
        "completion-rate": [{"n": 0, "share": None}],
    }
    stand_in.answers[INSIGHTS]["insights"] = nothing
    page.open("/dashboard", until=LAST_CARD)
    assert [tile.text for tile in page.all("#tiles dt")] == ["Completed this week", "Overdue"]


def test_figures_without_a_chart_are_explained_on_demand(figures: Page, stand_in: StandIn) -> None:
    explained = [f"{INSIGHTS}/{name}" for name in ("due-dates", "completion-rate", "rework")]
    assert [path for path in stand_in.requested if path in explained] == []
    figures.one("#definitions > summary").click()
    figures.wait_for("#definitions dt")
    assert figures.text("#definitions dl").split("\n") == [
        "Overdue, on time",
        "The definition of due-dates.",
        "Completion rate",
        "The definition of completion-rate.",
        "Taken up again",
        "The definition of rework.",
    ]
    assert "deleted" in figures.text("#definitions p")


def test_no_deleted_completion_is_said_so(page: Page, stand_in: StandIn) -> None:
    stand_in.answers = answers.published()
    stand_in.answers[INSIGHTS]["insights"]["lead-time"][0]["n"] = 171
    page.open("/dashboard", until=LAST_CARD)
    assert "Completed in all\n171\nall of them still here" in page.text("#tiles")
