"""The organization's figures, for analysts."""

import pytest

from tests.browser import answers
from tests.browser.dashboard import INSIGHTS, LAST_CARD, labels_of, pixels_of, shown_cards, table_rows
from tests.browser.standin import StandIn
from tests.support.page import Page

ORGANIZATION = f"{INSIGHTS}/organization"


@pytest.fixture
def analyst(page: Page, stand_in: StandIn) -> Page:
    """The dashboard of somebody who may see the organization's figures."""
    stand_in.answers = answers.published() | answers.of_organization()
    stand_in.context = {"analyst": True}
    page.emulate(motion="reduce")
    page.open("/dashboard", until="#of")
    page.wait_for(LAST_CARD)
    return page


def see_everybodys(page: Page) -> None:
    page.run("document.querySelector('#of [value=organization]').click()")
    page.wait_for("#card-retention")


def test_others_are_not_offered_it_and_do_not_ask(figures: Page, stand_in: StandIn) -> None:
    assert not figures.one("#of").is_displayed()
    assert [path for path in stand_in.requested if "organization" in path] == []


def test_analyst_whom_the_api_refuses_is_not_offered_it(page: Page, stand_in: StandIn) -> None:
    stand_in.answers = answers.published()
    stand_in.context = {"analyst": True}
    page.open("/dashboard", until=LAST_CARD)
    page.wait_until(lambda: ORGANIZATION in stand_in.requested)
    assert not page.one("#of").is_displayed()


def test_analyst_sees_everybodys_figures(analyst: Page, stand_in: StandIn) -> None:
    assert "card-audience" not in shown_cards(analyst)
    stand_in.requested.clear()
    see_everybodys(analyst)
    assert analyst.text("h1").startswith("How the organization")
    asked = [path.split("?")[0] for path in stand_in.requested if path.startswith("/api")]
    assert all(path.startswith(ORGANIZATION) for path in asked)
    names = ("throughput", "cumulative-flow", "lead-time", "cycle-time", "audience", "ageing", "mix", "streak")
    assert shown_cards(analyst) == [f"card-{name}" for name in (*names, "retention")]


def test_way_back_shows_ones_own_figures(analyst: Page) -> None:
    see_everybodys(analyst)
    assert analyst.driver.current_url.endswith("/dashboard?of=organization")
    analyst.run("document.querySelector('#of [value=me]').click()")
    analyst.wait_until(lambda: not analyst.one("#card-retention").is_displayed())
    analyst.wait_for(LAST_CARD)
    assert analyst.text("h1") == "How your work flows"
    assert analyst.driver.current_url.endswith("/dashboard")


def test_audience_is_drawn_for_the_period(analyst: Page, stand_in: StandIn) -> None:
    see_everybodys(analyst)
    assert labels_of(analyst, "#card-audience") == answers.days()[-26 * 7 :]
    assert f"{ORGANIZATION}/audience?from=2026-05-25&to=2026-11-22" in stand_in.requested
    assert pixels_of(analyst, "#card-audience", "series-1") > 100
    last = answers.audience()[-1]
    expected = f"22 Nov 2026 {last['monthly']} {last['weekly']} {last['daily']}"
    assert table_rows(analyst, "#card-audience")[0] == expected


def test_retention_is_a_table_of_cohorts_newest_first(analyst: Page) -> None:
    see_everybodys(analyst)
    rows = [" ".join(row.text.split()) for row in analyst.all("#card-retention tbody tr")]
    first = {row["cohort"]: row for row in answers.retention() if row["week"] == 0}
    assert len(rows) == len(first) == 8
    assert rows[0].endswith(" 2026 4 100%*")
    assert rows[1].endswith(" 2026 6 100% 33%*")
    shares = analyst.run(
        "return [...document.querySelectorAll('#card-retention .heat')].map((cell) => cell.className).slice(0, 3)"
    )
    assert shares == ["heat heat-5", "heat heat-5", "heat heat-2"]


def test_retention_is_how_things_stand_whatever_the_period(page: Page, stand_in: StandIn) -> None:
    stand_in.answers = answers.published() | answers.of_organization()
    stand_in.context = {"analyst": True}
    page.open("/dashboard?of=organization&from=2026-06-01&to=2026-06-30", until="#card-retention")
    assert len(page.all("#card-retention tbody tr")) == 8
    page.open("/dashboard?of=organization&from=2026-09-28&to=2026-11-08", until="#card-retention")
    assert len(page.all("#card-retention tbody tr")) == 8
    assert [path for path in stand_in.requested if path.startswith(f"{ORGANIZATION}/retention?")] == []


def test_other_peoples_tasks_are_neither_named_nor_linked(analyst: Page) -> None:
    see_everybodys(analyst)
    assert analyst.all("#card-ageing a, #card-lead-time a") == []
    assert len(table_rows(analyst, "#card-ageing")) == 22


def test_everybodys_tasks_are_drawn_by_utc_whatever_the_analysts_zone(analyst: Page, stand_in: StandIn) -> None:
    stand_in.answers["/api/v1/users"] = {"time_zone": "Pacific/Kiritimati"}
    see_everybodys(analyst)
    assert table_rows(analyst, "#card-lead-time", ".each")[0] == "18 Nov 2026, 09:00 \u202600c004 4 d"


def test_figures_of_the_one_are_never_shown_as_the_others(analyst: Page, stand_in: StandIn) -> None:
    stand_in.status = 503
    analyst.run("document.querySelector('#of [value=organization]').click()")
    analyst.wait_for("#problem")
    assert not analyst.one("#figures").is_displayed()
    stand_in.status = None
    analyst.one("#retry").click()
    analyst.wait_for("#card-retention")
