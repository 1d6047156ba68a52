"""The page's own arithmetic, asked where it runs: weeks, durations, contrast of the colours."""

from collections.abc import Iterator
from typing import Any

import django
import pytest
from selenium import webdriver

from tests.browser.standin import standing_in
from tests.support.page import Page, plain

TEXT_CONTRAST = 4.5
GRAPHIC_CONTRAST = 3.0


@pytest.fixture(scope="module")
def modules(driver: webdriver.Chrome) -> Iterator[Page]:
    """Any page of this origin, opened once; modules are imported into it."""
    django.setup()
    with standing_in() as server:
        page = Page(driver, server.address)
        page.open("/login", until="#email")
        yield page
        page.emulate()


@pytest.mark.parametrize(
    ("seconds", "shown", "spoken"),
    [
        (None, "-", "none"),
        (0, "0 s", "0 seconds"),
        (59, "59 s", "59 seconds"),
        (60, "1 min", "1 minute"),
        (3_599, "59 min", "59 minutes"),
        (3_600, "1 h", "1 hour"),
        (19_920, "5 h 32 min", "5 hours 32 minutes"),
        (86_399, "23 h 59 min", "23 hours 59 minutes"),
        (187_442, "2 d 4 h", "2 days 4 hours"),
        (14 * 86_400 + 7_200, "14 d", "14 days"),
        (1_500 * 86_400, "1,500 d", "1,500 days"),
    ],
)
def test_duration_is_in_the_two_units_that_matter(modules: Page, seconds: int | None, shown: str, spoken: str) -> None:
    assert plain(modules.call("format", "duration", seconds)) == shown
    assert modules.call("format", "spokenDuration", seconds) == spoken


@pytest.mark.parametrize(
    ("share", "shown"),
    [(None, "-"), (0, "0%"), (0.0026, "<1%"), (0.005, "1%"), (0.886, "89%"), (0.9974, ">99%"), (1, "100%")],
)
def test_percent_rounds_nothing_to_none_or_all(modules: Page, share: float | None, shown: str) -> None:
    assert plain(modules.call("format", "percent", share)) == shown


@pytest.mark.parametrize(
    ("ago_s", "words"),
    [(-30, "just now"), (59, "just now"), (60, "1 minute ago"), (7_199, "1 hour ago"), (172_800, "2 days ago")],
)
def test_since_rounds_down(modules: Page, ago_s: int, words: str) -> None:
    as_of_ms = 1_795_363_032_000
    assert modules.call("format", "since", "2026-11-22T15:57:12.000Z", as_of_ms + ago_s * 1000) == words


@pytest.mark.parametrize(
    ("first", "last", "weeks"),
    [
        ("2026-W47", "2026-W47", ["2026-W47"]),
        ("2026-W52", "2027-W01", ["2026-W52", "2026-W53", "2027-W01"]),
        ("2020-W53", "2021-W01", ["2020-W53", "2021-W01"]),
        ("2018-W52", "2019-W02", ["2018-W52", "2019-W01", "2019-W02"]),
    ],
)
def test_weeks_between_crosses_the_year_as_iso_does(modules: Page, first: str, last: str, weeks: list[str]) -> None:
    assert modules.call("weeks", "weeksBetween", first, last) == weeks


@pytest.mark.parametrize(
    ("week", "days"),
    [
        ("2026-W47", "16 - 22 Nov 2026"),
        ("2020-W53", "28 Dec 2020 - 3 Jan 2021"),
        ("2018-W01", "1 - 7 Jan 2018"),
    ],
)
def test_week_range_is_monday_to_sunday(modules: Page, week: str, days: str) -> None:
    assert plain(modules.call("weeks", "weekRange", week)) == days


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2) of `#rrggbb`."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("front", "back", "least"),
    [
        ("ink", "surface", TEXT_CONTRAST),
        ("muted", "surface", TEXT_CONTRAST),
        ("muted", "page", TEXT_CONTRAST),
        ("accent", "surface", TEXT_CONTRAST),
        ("accent-ink", "accent", TEXT_CONTRAST),
        ("alert", "alert-page", TEXT_CONTRAST),
        ("tooltip-ink", "tooltip", TEXT_CONTRAST),
        ("series-1", "surface", GRAPHIC_CONTRAST),
        ("series-1-strong", "surface", GRAPHIC_CONTRAST),
        ("series-2", "surface", GRAPHIC_CONTRAST),
        ("series-3", "surface", GRAPHIC_CONTRAST),
        ("series-4", "surface", GRAPHIC_CONTRAST),
    ],
)
def test_colours_have_contrast(modules: Page, scheme: str, front: str, back: str, least: float) -> None:
    modules.emulate(scheme=scheme)
    script = "return arguments[0].map((n) => getComputedStyle(document.documentElement).getPropertyValue(`--${n}`))"
    colours: list[Any] = modules.run(script, [front, back])
    assert contrast(*(colour.strip() for colour in colours)) >= least
