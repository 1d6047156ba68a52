from datetime import UTC, datetime, timedelta, timezone

import pytest

from tasks.models.instants import format_instant, now, parse_instant


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2010-01-13T08:40:25Z", "2010-01-13T08:40:25.000Z"),
        ("2010-01-13T08:40:25.1239Z", "2010-01-13T08:40:25.123Z"),
        ("2010-01-13T08:40:25+02:00", "2010-01-13T06:40:25.000Z"),
    ],
)
def test_time_is_written_in_utc_with_milliseconds(text: str, written: str) -> None:
    assert format_instant(parse_instant(text)) == written


@pytest.mark.parametrize("text", ["2010-01-13T08:40:25", "2010-01-13", "yesterday", "", "2010-13-13T08:40:25Z"])
def test_time_without_an_offset_or_sense_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_instant(text)


def test_other_zones_are_written_in_utc() -> None:
    instant = datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1)))
    assert format_instant(instant) == "2026-01-01T00:00:00.000Z"


def test_now_is_cut_to_the_millisecond() -> None:
    before = datetime.now(UTC)
    assert now().microsecond % 1000 == 0
    assert abs(now() - before) < timedelta(seconds=5)
