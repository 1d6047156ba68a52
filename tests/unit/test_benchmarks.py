"""The benchmarks' own arithmetic and made-up histories; the figures themselves are measured by `make bench`."""

import gzip
import json
from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks import scale
from benchmarks.cdc import record
from benchmarks.clients import Timings
from benchmarks.figures import Figure, at_least, at_most
from benchmarks.history import Part, write
from cdc_lambda.change_event import CONTRACT, ChangeEventMapper
from glue.operations.redrive import FITS


def test_figure_says_whether_its_aim_is_met() -> None:
    assert [Figure("f", value, aim=at_most(20)).verdict for value in (20, 20.1)] == ["met", "missed"]
    assert [Figure("f", value, aim=at_least(0.5)).verdict for value in (0.5, 0.4)] == ["met", "missed"]
    assert Figure("f", 1).verdict == ""


def test_share_of_the_limit_is_above_one_where_an_aim_is_missed() -> None:
    assert Figure("f", 30, aim=at_most(20)).share_of_limit == 1.5
    assert Figure("f", 0.25, aim=at_least(0.5)).share_of_limit == 2
    with pytest.raises(ValueError, match="no limit"):
        _ = Figure("f", 0, aim=at_most(0)).share_of_limit


def test_history_keeps_to_the_contract_and_is_the_same_each_time(tmp_path: Path) -> None:
    part = Part(10, 110)
    lines, again = (
        [
            line
            for file in write(part, tmp_path / name, files=3)
            for line in gzip.decompress(file.read_bytes()).splitlines()
        ]
        for name in ("first", "second")
    )
    events = [json.loads(line) for line in lines]
    assert lines == again
    assert len(events) == part.events == len({event["event_id"] for event in events})
    assert [event for event in events if not FITS[1](event)] == []
    assert set(events[0]) == set(CONTRACT["properties"])
    assert [a["occurred_at"] <= b["occurred_at"] for a, b in pairwise(events[:30])] == [True] * 29


def test_cdc_record_becomes_an_event() -> None:
    event = ChangeEventMapper(b"key").from_record(record(7))
    assert isinstance(event, dict)
    assert (event["version"], event["after"]["status"], event["before"]["status"]) == (2, "completed", "pending")


def test_scale_page_is_what_the_figures_of_today_make_of_it() -> None:
    assert scale.PAGE.read_text() == scale.page()


def test_part_reaches_its_limit_where_all_of_it_is_needed() -> None:
    for part in scale.parts():
        assert part.needed(round(part.reached_at)) == pytest.approx(part.limit, rel=1e-3), part.name


def test_percentiles_are_by_nearest_rank() -> None:
    seen = Timings({"GET": [0.004, 0.001, 0.003, 0.002]}, failures=1)
    assert [seen.percentile("GET", share) for share in (0.5, 0.51, 0.99, 0)] == [0.002, 0.003, 0.004, 0.001]
    seen.add(Timings({"GET": [0.005], "POST": [0.1]}, failures=2))
    assert (seen.requests, seen.failures, seen.percentile("GET", 1)) == (9, 3, 0.005)
