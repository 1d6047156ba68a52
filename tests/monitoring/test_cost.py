"""The bill: its sums, what it takes from the deployment, and the page that was written."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import cost, prices, scale
from benchmarks.cost import Line, Load, bill, by_service
from infra.packaging import ROOT
from tasks.insights.registry import REGISTRY
from tests.monitoring.cloudwatch import stats_of
from tests.monitoring.emitters import EMITTERS, normal
from tests.monitoring.template import STAGE, alarms, resources, templates

LOAD = Load(users=1_000, tasks=100, writes=10)


def amount(load: Load, price: prices.Price) -> float:
    return sum(line.amount for line in bill(load) if line.price == price)


def test_a_line_is_price_times_amount_and_services_are_summed() -> None:
    lines = [Line(prices.WRITE_UNIT, 2e6), Line(prices.READ_UNIT, 8e6), Line(prices.REQUEST, 1e6)]
    assert by_service(lines) == pytest.approx({"DynamoDB": 2.25, "API Gateway": 1.0})


def test_requests_and_units_by_hand() -> None:
    """Ten writes and forty reads of a thousand users on thirty days; three publications a day of twelve items each."""
    assert amount(LOAD, prices.REQUEST) == 1_000 * 50 * 30
    assert amount(LOAD, prices.READ_UNIT) == 1_000 * 40 * 30 * scale.UNITS_A_READ
    assert amount(LOAD, prices.WRITE_UNIT) == 1_000 * 30 * (10 * scale.UNITS_A_WRITE + 3 * 12 * 2)


@pytest.mark.parametrize("more", [{"users": 20_000}, {"writes": 200}, {"tasks": 50_000}])
def test_more_costs_more(more: dict[str, int]) -> None:
    assert sum(by_service(bill(replace(LOAD, **more))).values()) > sum(by_service(bill(LOAD)).values())


def test_every_price_is_on_the_bill_and_names_its_page() -> None:
    assert {line.price for line in bill(LOAD)} == set(prices.ALL)
    assert all(price.page.startswith("https://aws.amazon.com/") for price in prices.ALL)


def test_counts_are_those_of_the_deployment() -> None:
    assert len({point.series for emitter in EMITTERS for point in normal(emitter)}) == cost.OWN_METRICS
    assert sum(len(stats_of(alarm)) for alarm in alarms().values()) == cost.ALARM_METRICS
    assert len(REGISTRY) + 1 == cost.INSIGHT_ITEMS
    kinds = [found["Type"] for template in templates().values() for found in template["Resources"].values()]
    assert kinds.count("AWS::SecretsManager::Secret") == cost.SECRETS
    assert kinds.count("AWS::KMS::Key") == cost.KEYS
    (job,) = resources("AWS::Glue::Job", "lake")
    assert job["NumberOfWorkers"] == cost.WORKERS
    (function,) = resources("AWS::Lambda::Function", "ingest")
    assert function["MemorySize"] / 1024 == cost.CDC_GB
    written = json.loads((ROOT / "zappa_settings.json").read_text())
    assert written[STAGE]["memory_size"] / 1024 == cost.API_GB


def test_page_is_what_would_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = cost.PAGE.read_text()
    for name in ("PAGE", "CHART"):
        monkeypatch.setattr(cost, name, tmp_path / getattr(cost, name).name)
    assert cost.write().read_text() == page
