"""A budget for each service that grows with use, which tells when the month's bill is above it or is going to be.

Budgets rather than alarms on the metric of estimated charges: that is kept in one region alone, and only in accounts
where somebody has switched billing alerts on. See ADR 30.
https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-create.html
"""

from collections.abc import Iterator, Mapping

from aws_cdk import aws_budgets as budgets
from constructs import Construct

KINDS = ("ACTUAL", "FORECASTED")


def add_budgets(
    scope: Construct, stage: str, dollars: Mapping[str, int], topic_arn: str
) -> Iterator[budgets.CfnBudget]:
    """One for each service, in dollars a month; both kinds of notice go to the topic."""
    told = [budgets.CfnBudget.SubscriberProperty(subscription_type="SNS", address=topic_arn)]
    for service, limit in dollars.items():
        yield budgets.CfnBudget(
            scope,
            f"Budget{service.replace(' ', '')}",
            budget=budgets.CfnBudget.BudgetDataProperty(
                budget_name=f"todo-{stage}-{service}",
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=budgets.CfnBudget.SpendProperty(amount=limit, unit="USD"),
                cost_filters={"Service": [service]},
            ),
            notifications_with_subscribers=[
                budgets.CfnBudget.NotificationWithSubscribersProperty(
                    notification=budgets.CfnBudget.NotificationProperty(
                        notification_type=kind,
                        comparison_operator="GREATER_THAN",
                        threshold=100,
                        threshold_type="PERCENTAGE",
                    ),
                    subscribers=told,
                )
                for kind in KINDS
            ],
        )
