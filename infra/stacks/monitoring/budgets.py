"""A budget for each service that grows with use. It notifies when the month's bill exceeds it or is forecast to.

Budgets instead of alarms on the metric of estimated charges, because that metric exists in one region only, and only in
accounts with billing alerts switched on. See ADR 30.
https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-create.html
"""

from collections.abc import Iterator, Mapping

from aws_cdk import aws_budgets as budgets
from constructs import Construct

KINDS = ("ACTUAL", "FORECASTED")


def add_budgets(
    scope: Construct, stage: str, dollars: Mapping[str, int], topic_arn: str
) -> Iterator[budgets.CfnBudget]:
    """One budget per service, in dollars a month; actual and forecast notices go to the topic."""
    subscribers = [budgets.CfnBudget.SubscriberProperty(subscription_type="SNS", address=topic_arn)]
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
                    subscribers=subscribers,
                )
                for kind in KINDS
            ],
        )
