"""What the API counts in its own log lines, and what it leaves out."""

from collections import Counter
from typing import Any

import pytest
from rest_framework.test import APIClient

from tasks.scheduled import measure_freshness
from tests.monitoring import emitters
from tests.monitoring.emitters import EMITTERS, normal


def test_sign_ins_refusals_and_replays_are_counted_once() -> None:
    counted = Counter(point.series.name for point in emitters.requests())
    assert counted == {"AuthenticationSuccess": 2, "Replays": 1, "AuthenticationFailure": 1}


def test_a_public_page_counts_nothing(table: Any) -> None:
    with emitters.api_log() as lines:
        assert APIClient().get("/health").status_code == 200
    assert len(lines) == 1
    assert emitters.embedded(lines[0]) == []


def test_before_the_first_pass_there_is_no_age(table: Any) -> None:
    with emitters.api_log() as lines:
        assert measure_freshness({}, None) is None
    assert lines == []


def test_each_metric_has_one_unit_and_one_emitter() -> None:
    units: dict[Any, set[str]] = {}
    for emitter in EMITTERS:
        for point in normal(emitter):
            units.setdefault(point.series, set()).add(point.unit)
    assert {len(found) for found in units.values()} == {1}
    senders = Counter(series for emitter in EMITTERS for series in {point.series for point in normal(emitter)})
    assert set(senders.values()) == {1}


@pytest.mark.parametrize(("option", "counted"), [("poison", (1, 1, 1)), ("refused", (0, 2, 0))])
def test_cdc_counts_what_became_of_a_batch(option: str, counted: tuple[int, int, int]) -> None:
    found = {point.series.name: point.value for point in emitters.cdc(**{option: True})}
    assert (found["RecordsProcessed"], found["RecordsFailed"], found["ProcessingErrors"]) == counted
    assert found["RecordsProcessed"] + found["RecordsFailed"] + found["RecordsFiltered"] == 2
