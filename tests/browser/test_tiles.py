"""The figures at the top."""

from tests.browser import answers
from tests.browser.dashboard import INSIGHTS, LAST_CARD
from tests.browser.standin import StandIn
from tests.support.page import Page, plain


def test_tiles_show_the_summary(figures: Page) -> None:
    shown = [plain(tile.text).split("\n") for tile in figures.all("#tiles .figure")]
    assert shown == [
        ["Completed this week", "5", "16 - 22 Nov 2026"],
        ["Completed in total", "199", "171 still exist, 28 deleted"],
        ["Open", "22", "5 in progress"],
        ["Overdue", "3", "open and past their due date"],
        ["Streak", "4 days", "longest: 11 days"],
        ["Half done within", "2 d 4 h", "2 days 4 hours", "after creation"],
        ["85 of 100 done within", "6 d 16 h", "6 days 16 hours", "after creation"],
        ["On time", "73%", "of completed tasks with a due date"],
        ["Completion rate", "89%", "of existing tasks, without cancelled ones"],
        ["Reopened", "4%", "of 203 tasks ever completed"],
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
        "Reopened",
        "The definition of rework.",
    ]
    assert "deleted" in figures.text("#definitions p")


def test_no_deleted_completion_is_said_so(page: Page, stand_in: StandIn) -> None:
    stand_in.answers = answers.published()
    stand_in.answers[INSIGHTS]["insights"]["lead-time"][0]["n"] = 171
    page.open("/dashboard", until=LAST_CARD)
    assert "Completed in total\n171\nall of them still exist" in page.text("#tiles")
