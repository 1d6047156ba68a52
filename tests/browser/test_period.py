"""The choice of a period: what is asked of the API, what is shown, what is remembered."""

from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.browser import answers
from tests.browser.dashboard import INSIGHTS, LAST_CARD, labels_of, points_of, table_rows
from tests.browser.standin import StandIn
from tests.support.page import Page

PERIODICAL = ("throughput", "cumulative-flow", "lead-time", "cycle-time")


def choose(page: Page, value: str) -> None:
    page.run("document.querySelector(`#period input[value='${arguments[0]}']`).click()", value)
    page.wait_until(lambda: not page.all("#figures[aria-busy]"))


def set_days(page: Page, first: str, last: str) -> None:
    """What picking two days in the browser's own calendar does."""
    script = """
    const [from, to] = document.querySelectorAll('#days input');
    for (const [input, value] of [[from, arguments[0]], [to, arguments[1]]]) {
      input.value = value;
      input.dispatchEvent(new Event('input', { bubbles: true }));
    }
    """
    page.run(script, first, last)


def choose_days(page: Page, first: str, last: str) -> None:
    choose(page, "days")
    set_days(page, first, last)
    page.one("#days button").click()
    page.wait_until(lambda: not page.all("#figures[aria-busy]"))


def ranges(stand_in: StandIn) -> dict[str, dict[str, str]]:
    """The parameters that insights were asked with, by name."""
    asked = [urlsplit(path) for path in stand_in.requested if path.startswith(INSIGHTS)]
    return {url.path.removeprefix(f"{INSIGHTS}/"): dict(parse_qsl(url.query)) for url in asked if url.query}


@pytest.mark.parametrize(("choice", "weeks"), [("12", 12), ("26", 26), ("52", 31), ("all", 31)])
def test_choice_of_weeks_limits_the_charts(figures: Page, choice: str, weeks: int) -> None:
    choose(figures, choice)
    assert len(table_rows(figures, "#card-throughput")) == weeks
    assert labels_of(figures, "#card-throughput") == answers.weeks()[-weeks:]
    assert len(labels_of(figures, "#card-lead-time")) == sum(answers.COMPLETED[-weeks:])
    assert labels_of(figures, "#card-cumulative-flow") == answers.days()[-weeks * 7 :]


def test_period_is_asked_for_in_the_unit_of_each_insight(figures: Page, stand_in: StandIn) -> None:
    stand_in.requested.clear()
    choose(figures, "12")
    weeks = {"from": "2026-W36", "to": "2026-W47"}
    days = {"from": "2026-08-31", "to": "2026-11-22"}
    assert ranges(stand_in) == {"throughput": weeks, "lead-time": weeks, "cycle-time": weeks, "cumulative-flow": days}


def test_all_that_is_published_is_asked_for_once(figures: Page, stand_in: StandIn) -> None:
    stand_in.requested.clear()
    choose(figures, "all")
    assert [path for path in stand_in.requested if path.startswith("/api")] == []


def test_chosen_days_are_shown(figures: Page, stand_in: StandIn) -> None:
    stand_in.requested.clear()
    choose_days(figures, "2026-09-01", "2026-10-03")
    assert ranges(stand_in)["cumulative-flow"] == {"from": "2026-09-01", "to": "2026-10-03"}
    assert ranges(stand_in)["throughput"] == {"from": "2026-W36", "to": "2026-W40"}
    assert labels_of(figures, "#card-throughput") == [f"2026-W{week}" for week in range(36, 41)]
    assert figures.text("#period-shown") == "1 Sept - 3 Oct 2026"
    assert figures.text("#card-throughput .headline").startswith("Completed in 5 weeks\n44")
    drawn = [
        datetime.fromtimestamp(x / 1000, UTC).date().isoformat() for x, _ in points_of(figures, "#card-lead-time")[0]
    ]
    completed = [row["completed_at"][:10] for row in answers.completions()]
    assert drawn == sorted(day for day in completed if "2026-09-01" <= day <= "2026-10-03")


def test_days_can_be_chosen_only_within_what_is_published(figures: Page, stand_in: StandIn) -> None:
    choose(figures, "days")
    bounds = [(field.get_attribute("min"), field.get_attribute("max")) for field in figures.all("#days input")]
    assert bounds == [("2026-04-20", "2026-11-22")] * 2
    stand_in.requested.clear()
    set_days(figures, "2026-04-19", "2026-10-03")
    figures.one("#days button").click()
    assert figures.run("return document.querySelector('#period').checkValidity()") is False
    assert ranges(stand_in) == {}


def test_last_day_before_the_first_is_refused(figures: Page, stand_in: StandIn) -> None:
    choose(figures, "days")
    stand_in.requested.clear()
    set_days(figures, "2026-10-03", "2026-09-01")
    figures.one("#days button").click()
    message = figures.run("return document.querySelector('#days [name=to]').validationMessage")
    assert message == "The last day must not be before the first."
    assert ranges(stand_in) == {}


def test_insight_published_for_less_is_asked_for_less(page: Page, stand_in: StandIn) -> None:
    stand_in.answers = answers.published()
    rows = [row for row in answers.cycle_time() if row["week"] is None or row["week"] <= "2026-W40"]
    stand_in.answers[f"{INSIGHTS}/cycle-time"] = answers.answer("cycle-time", "seconds", rows)
    for row in stand_in.answers[f"{INSIGHTS}/completions"]["rows"]:
        row["cycle_time_s"] = row["cycle_time_s"] if row["completed_at"] < "2026-10-05" else None
    page.open("/dashboard?weeks=12", until=LAST_CARD)
    assert ranges(stand_in)["cycle-time"] == {"from": "2026-W36", "to": "2026-W40"}
    choose_days(page, "2026-11-02", "2026-11-22")
    assert page.text("#card-cycle-time .card-message") == "No matching tasks were completed in the period shown."
    assert page.text("#card-cycle-time .headline").startswith("Half done within")


def test_period_refused_by_the_api_says_why_and_keeps_the_charts(figures: Page, stand_in: StandIn) -> None:
    body = stand_in.answers[f"{INSIGHTS}/throughput"]
    stand_in.answers[f"{INSIGHTS}/throughput"] = body | {"from": "2026-W45"}
    choose(figures, "12")
    assert figures.text("#period-problem") == "A detail about 400."
    assert len(labels_of(figures, "#card-throughput")) == 26
    assert not figures.one("#problem").is_displayed()


def test_address_leads_back_to_the_period(figures: Page) -> None:
    choose_days(figures, "2026-09-01", "2026-10-03")
    assert figures.driver.current_url == f"{figures.address}/dashboard?from=2026-09-01&to=2026-10-03"
    figures.driver.refresh()
    figures.wait_for(LAST_CARD)
    assert figures.text("#period-shown") == "1 Sept - 3 Oct 2026"
    assert figures.one("#days").is_displayed()
    choose(figures, "26")
    assert figures.driver.current_url == f"{figures.address}/dashboard"


@pytest.mark.parametrize(
    "query",
    ["", "?weeks=-1", "?weeks=x", "?from=2026-02-30&to=x", "?from=2026-10-03&to=2026-09-01", "?from=2026-09-01"],
)
def test_address_that_makes_no_sense_is_the_usual_period(page: Page, stand_in: StandIn, query: str) -> None:
    stand_in.answers = answers.published()
    page.open(f"/dashboard{query}", until=LAST_CARD)
    assert page.text("#period-shown") == "25 May - 22 Nov 2026"


def test_short_history_needs_one_round_of_requests(page: Page, stand_in: StandIn) -> None:
    stand_in.answers = answers.published()
    page.open("/dashboard?weeks=31", until=LAST_CARD)
    assert ranges(stand_in) == {}
    asked = [path for path in stand_in.requested if path.startswith(INSIGHTS)]
    assert sorted(asked) == sorted(
        {INSIGHTS, *(f"{INSIGHTS}/{name}" for name in (*PERIODICAL, "completions", "ageing", "mix", "streak"))}
    )
