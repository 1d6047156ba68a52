"""Budgets tell of a service's bill, actual or foreseen, above its limit."""

from typing import Any

import pytest

from infra.config import settings_of
from tests.monitoring.template import STAGE, resources

# How Cost Explorer, and so a budget's filter, names what a bill has lines for:
# https://docs.aws.amazon.com/cost-management/latest/userguide/ce-filtering.html
LIMITS = {"Amazon DynamoDB": 50, "AWS Lambda": 20, "Amazon Simple Storage Service": 100}
Budget = dict[str, Any]


def told(budget: Budget, bill: dict[str, float], foreseen: dict[str, float]) -> set[str]:
    """The kinds of notice that a month's dollars by service cause, as the page of alerts has it.

    https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-best-practices.html
    """
    what, kinds = budget["Budget"], set()
    for entry in budget["NotificationsWithSubscribers"]:
        notice = entry["Notification"]
        assert (notice["ComparisonOperator"], notice["ThresholdType"]) == ("GREATER_THAN", "PERCENTAGE")
        dollars = {"ACTUAL": bill, "FORECASTED": foreseen}[notice["NotificationType"]]
        spent = sum(dollars.get(service, 0) for service in what["CostFilters"]["Service"])
        if spent > what["BudgetLimit"]["Amount"] * notice["Threshold"] / 100:
            assert entry["Subscribers"] == [{"SubscriptionType": "SNS", "Address": "AWS::SNS::Topic/Failures"}]
            kinds.add(notice["NotificationType"])
    return kinds


def budget_of(service: str) -> Budget:
    (found,) = [b for b in resources("AWS::Budgets::Budget") if b["Budget"]["CostFilters"]["Service"] == [service]]
    assert (found["Budget"]["TimeUnit"], found["Budget"]["BudgetLimit"]["Unit"]) == ("MONTHLY", "USD")
    return found


def test_every_service_has_its_budget() -> None:
    assert {b["Budget"]["CostFilters"]["Service"][0] for b in resources("AWS::Budgets::Budget")} == set(LIMITS)
    assert dict(settings_of(STAGE).budgets) == LIMITS


@pytest.mark.parametrize(("service", "limit"), LIMITS.items())
def test_budget_tells_above_its_limit_alone(service: str, limit: int) -> None:
    budget, others = budget_of(service), dict.fromkeys(LIMITS, 1000.0)
    modest = {**others, service: float(limit)}
    above = {**others, service: limit + 0.01}
    assert told(budget, modest, modest) == set()
    assert told(budget, modest, above) == {"FORECASTED"}
    assert told(budget, above, above) == {"ACTUAL", "FORECASTED"}
