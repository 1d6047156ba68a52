from datetime import UTC, datetime

from glue.lake import paths


def test_pass_ids_sort_by_time_and_know_their_date() -> None:
    moments = [datetime(2026, 1, 5, 9, 0, 0, micro, tzinfo=UTC) for micro in (0, 1000, 999_000)]
    ids = [paths.pass_id_at(moment) for moment in moments]
    assert ids == ["20260105T090000000Z", "20260105T090000001Z", "20260105T090000999Z"]
    assert str(paths.date_of(ids[0])) == "2026-01-05"
