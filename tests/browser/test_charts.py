"""What the charts draw, and the numbers below them."""

from datetime import datetime
from typing import Any

import pytest

from tests.browser import answers
from tests.browser.dashboard import INSIGHTS, LAST_CARD, pixels_of, points_of, shown_cards, table_rows
from tests.browser.standin import StandIn
from tests.support.page import Page, plain

DRAWN = {
    "#card-throughput": "series-1",
    "#card-cumulative-flow": "status-completed",
    "#card-lead-time": "series-1",
    "#card-cycle-time": "series-1",
    "#card-ageing": "series-2",
}


def bar_rows(page: Page, group: int) -> list[str]:
    return [" ".join(row.text.split()) for row in page.all(f".bar-group:nth-child({group}) tbody tr")]


def completed_since(day: str) -> list[dict[str, Any]]:
    return [row for row in answers.completions() if row["completed_at"] >= day]


def milliseconds(instant: str) -> int:
    return round(datetime.fromisoformat(instant).timestamp() * 1000)


def test_all_charts_are_there_in_their_order(figures: Page) -> None:
    names = ("throughput", "cumulative-flow", "lead-time", "cycle-time", "ageing", "mix", "streak")
    assert shown_cards(figures) == [f"card-{name}" for name in names]


@pytest.mark.parametrize("card", DRAWN)
def test_chart_is_drawn_in_its_colour(figures: Page, card: str) -> None:
    assert pixels_of(figures, card, DRAWN[card]) > 100


def test_numbers_of_throughput_are_the_answer_newest_first(figures: Page) -> None:
    rows = table_rows(figures, "#card-throughput")
    assert [int(row.rsplit(" ", 1)[1]) for row in rows] == answers.COMPLETED[:-27:-1]
    assert rows[0] == "16 - 22 Nov 2026 5"
    assert figures.text("#card-throughput .headline").split("\n")[1] == str(sum(answers.COMPLETED[-26:]))


def test_numbers_of_lead_time_leave_out_weeks_without_completions(figures: Page) -> None:
    rows = table_rows(figures, "#card-lead-time")
    assert len(rows) == sum(1 for n in answers.COMPLETED[-26:] if n)
    assert rows[0] == "16 - 22 Nov 2026 5 1 d 4 h 3 d 2 h 4 d 19 h"


@pytest.mark.parametrize(("card", "column"), [("lead-time", "lead_time_s"), ("cycle-time", "cycle_time_s")])
def test_durations_draw_a_dot_for_each_task_and_all_time_as_level_lines(figures: Page, card: str, column: str) -> None:
    dots, *lines = points_of(figures, f"#card-{card}")
    tasks = [row for row in completed_since("2026-05-25") if row[column] is not None]
    assert dots == [[milliseconds(row["completed_at"]), row[column]] for row in reversed(tasks)]
    overall = {"lead-time": answers.lead_time, "cycle-time": answers.cycle_time}[card]()[0]
    ends = [milliseconds("2026-05-25T00:00:00.000Z"), milliseconds("2026-11-23T00:00:00.000Z")]
    assert lines == [[[end, overall[key]] for end in ends] for key in ("p50_s", "p85_s", "p95_s")]


def test_each_task_can_be_read_newest_first(figures: Page) -> None:
    tasks = [row for row in completed_since("2026-05-25") if row["cycle_time_s"] is not None]
    rows = table_rows(figures, "#card-cycle-time", ".each")
    assert len(rows) == len(tasks) < len(table_rows(figures, "#card-lead-time", ".each")) == 181
    assert rows[0] == "17 Nov 2026, 21:00 Task \u202600c003 16 h"
    link = figures.one("#card-cycle-time .each tbody a")
    assert link.get_attribute("href") == f"{figures.address}/api/v1/tasks/{tasks[0]['task_id']}"


def test_tasks_are_drawn_by_the_clock_of_the_profiles_zone(page: Page, stand_in: StandIn) -> None:
    stand_in.answers = answers.published() | {"/api/v1/users": {"time_zone": "Pacific/Kiritimati"}}
    page.open("/dashboard", until=LAST_CARD)
    assert table_rows(page, "#card-lead-time", ".each")[0].startswith("18 Nov 2026, 23:00 ")
    page.open("/dashboard?from=2026-11-10&to=2026-11-10", until=LAST_CARD)
    times = [row[:18] for row in table_rows(page, "#card-lead-time", ".each")]
    assert times == ["10 Nov 2026, 23:00", "10 Nov 2026, 11:00"]


@pytest.mark.parametrize("profile", [None, {"time_zone": "Nowhere/Land"}])
def test_tasks_are_drawn_in_utc_where_no_zone_is_known(page: Page, stand_in: StandIn, profile: object) -> None:
    stand_in.answers = answers.published() | {"/api/v1/users": profile}
    if profile is None:
        del stand_in.answers["/api/v1/users"]
    page.open("/dashboard", until=LAST_CARD)
    assert table_rows(page, "#card-lead-time", ".each")[0].startswith("18 Nov 2026, 09:00 ")


def test_few_that_took_far_longer_are_cut_off_and_told_of(page: Page, stand_in: StandIn) -> None:
    stand_in.answers = answers.published()
    rows = answers.completions()
    rows[9]["lead_time_s"] = 400 * answers.DAY
    stand_in.answers[f"{INSIGHTS}/completions"] = answers.answer("completions", "seconds", rows)
    page.open("/dashboard", until=LAST_CARD)
    script = "return Chart.getChart(document.querySelector('#card-lead-time canvas')).scales.y.max"
    top = page.run(script)
    assert answers.lead_time()[0]["p95_s"] < top <= 20 * answers.DAY
    dots = points_of(page, "#card-lead-time")[0]
    assert [y for _, y in dots if y >= top] == [top] == [dots[-10][1]]
    assert page.text("#card-lead-time .note").endswith("Triangles: 1 above the scale, up to 400 d.")
    assert "Took longer" in page.text("#card-lead-time .legend")
    assert table_rows(page, "#card-lead-time", ".each")[9].endswith(" 400 d")


def test_more_tasks_than_are_published_are_drawn_from_the_oldest_of_these_on(page: Page, stand_in: StandIn) -> None:
    stand_in.answers = answers.published()
    newest = answers.completions()[:60]
    stand_in.answers[f"{INSIGHTS}/completions"] = answers.answer("completions", "seconds", newest) | {"truncated": True}
    page.open("/dashboard", until=LAST_CARD)
    assert len(points_of(page, "#card-lead-time")[0]) == 60
    assert page.run("return Chart.getChart(document.querySelector('#card-lead-time canvas')).scales.x.min") == (
        milliseconds(f"{newest[-1]['completed_at'][:10]}T00:00:00.000Z")
    )
    assert page.text("#card-lead-time .note").startswith("Shows only the newest 60 completed tasks, since 3 Oct 2026.")
    assert len(table_rows(page, "#card-lead-time")) == sum(1 for n in answers.COMPLETED[-26:] if n)
    page.open("/dashboard?from=2026-10-12&to=2026-11-22", until=LAST_CARD)
    assert page.text("#card-lead-time .note") == "Lines: all completed tasks."
    page.open("/dashboard?from=2026-08-31&to=2026-09-27", until=LAST_CARD)
    assert page.text("#card-lead-time .card-message") == (
        "Only the newest 60 completed tasks are shown, all of them later."
    )
    assert len(table_rows(page, "#card-lead-time")) == 4
    assert not page.one("#card-lead-time .plot").is_displayed()


def test_tasks_of_figures_that_did_not_have_them_yet_are_promised(page: Page, stand_in: StandIn) -> None:
    stand_in.answers = answers.published()
    stand_in.answers[f"{INSIGHTS}/completions"] |= {"as_of": None, "rows": []}
    page.open("/dashboard", until=LAST_CARD)
    message = page.text("#card-cycle-time .card-message")
    assert message == "The tasks appear with the next figures."


def test_flow_stacks_the_statuses_of_each_day(figures: Page) -> None:
    stacked = figures.run(
        "const chart = Chart.getChart(document.querySelector('#card-cumulative-flow canvas'));"
        "const top = chart.getDatasetMeta(3).data.at(-1);"
        "return [chart.scales.y.getValueForPixel(top.y), chart.data.labels.at(-1)]"
    )
    assert stacked == [pytest.approx(17 + 5 + 171 + 6, abs=0.5), "2026-11-22"]
    assert table_rows(figures, "#card-cumulative-flow")[0] == "22 Nov 2026 17 5 6 171"
    assert plain(figures.text("#card-cumulative-flow .headline")).split("\n") == [
        "Open on the last day",
        "22",
        "Change in the period",
        "+10",
        "from 12 open",
    ]


def test_flow_of_a_long_history_begins_above_zero_and_says_so(page: Page, stand_in: StandIn) -> None:
    stand_in.answers = answers.published()
    rows = [row | {"completed": row["completed"] + 4_321} for row in answers.flow()]
    stand_in.answers[f"{INSIGHTS}/cumulative-flow"] = answers.answer("cumulative-flow", "", rows)
    page.open("/dashboard", until=LAST_CARD)
    assert page.text("#card-cumulative-flow .note") == "The scale begins at 4,300 to show the open tasks clearly."
    scale = "return Chart.getChart(document.querySelector('#card-cumulative-flow canvas')).scales.y.min"
    assert page.run(scale) == 4_300


def test_ageing_marks_what_is_older_than_usual(figures: Page) -> None:
    drawn = figures.run(
        "const [dots, line] = Chart.getChart(document.querySelector('#card-ageing canvas')).data.datasets;"
        "return [dots.data.map(({ y }) => y), dots.pointStyle, line.data.map(({ y }) => y)]"
    )
    ages = sorted((row["age_days"] for row in answers.ageing()), reverse=True)
    p85_days = answers.lead_time()[0]["p85_s"] / answers.DAY
    assert drawn == [ages, ["triangle"] * 7 + ["circle"] * 15, [pytest.approx(p85_days)] * 2]
    assert table_rows(figures, "#card-ageing")[6:8] == [
        "Task ...00000f Pending 9 days Older than usual".replace("...", "\u2026"),
        "Task ...00000d In progress 6 days".replace("...", "\u2026"),
    ]


def test_oldest_open_tasks_have_their_titles_and_lead_to_themselves(figures: Page) -> None:
    links = figures.all("#card-ageing .card-body a")
    assert [link.text for link in links[:4]] == [
        "Renew the passport",
        "Write to the landlord about the balcony",
        "Task \u2026000012",
        "<b>Sort</b> the tax receipts",
    ]
    assert links[0].get_attribute("href") == f"{figures.address}/api/v1/tasks/{answers.task_id(21)}"


def test_ageing_without_completions_marks_nothing(page: Page, stand_in: StandIn) -> None:
    stand_in.answers = answers.published()
    rows = [row | {"beyond_p85": None} for row in answers.ageing()]
    stand_in.answers[f"{INSIGHTS}/ageing"] = answers.answer("ageing", "days", rows)
    stand_in.answers[INSIGHTS]["insights"]["lead-time"] = []
    page.open("/dashboard", until=LAST_CARD)
    assert page.text("#card-ageing .headline") == "Open\n22"
    assert [entry.text for entry in page.all("#card-ageing .legend li")] == ["Open task"]


def test_ageing_of_more_than_is_published_says_so(page: Page, stand_in: StandIn) -> None:
    stand_in.answers = answers.published()
    stand_in.answers[f"{INSIGHTS}/ageing"]["truncated"] = True
    page.open("/dashboard", until=LAST_CARD)
    assert page.text("#card-ageing .headline").startswith("Open\nover 22")
    assert page.text("#card-ageing .note").startswith("Only the newest 22 are shown.")


def test_streak_draws_the_current_beside_the_longest(figures: Page) -> None:
    rows = [" ".join(row.text.split()) for row in figures.all("#card-streak tbody tr")]
    assert rows == ["Current 4 days", "Longest 11 days"]
    current, longest = figures.run(
        "return [...document.querySelectorAll('#card-streak .bar')].map((bar) => bar.offsetWidth)"
    )
    assert current / longest == pytest.approx(4 / 11, abs=0.02)


def test_mix_shows_each_dimension_in_its_order(figures: Page) -> None:
    status, priority, category = (bar_rows(figures, group) for group in (1, 2, 3))
    assert [title.text for title in figures.all(".bar-group h4")] == ["By status", "By priority", "By category"]
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


@pytest.mark.parametrize(
    ("name", "left_out"),
    [("lead-time", {"card-lead-time"}), ("completions", {"card-lead-time", "card-cycle-time"})],
)
def test_insight_this_version_lacks_leaves_its_charts_out(
    page: Page, stand_in: StandIn, name: str, left_out: set[str]
) -> None:
    stand_in.answers = answers.published()
    del stand_in.answers[f"{INSIGHTS}/{name}"]
    page.open("/dashboard", until=LAST_CARD)
    names = {"throughput", "cumulative-flow", "lead-time", "cycle-time", "ageing", "mix", "streak"}
    assert {f"card-{name}" for name in names} - set(shown_cards(page)) == left_out
