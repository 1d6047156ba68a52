"""Alarms, budgets, a dashboard, and the query that follows a request through the logs."""

from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.config import Settings
from infra.stacks.monitoring.alarms import Rule, rules
from infra.stacks.monitoring.budgets import add_budgets
from infra.stacks.monitoring.dashboard import rows
from infra.stacks.monitoring.metrics import Metrics, Watched

# https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-sns-policy.html and
# https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
SENDERS = ("cloudwatch.amazonaws.com", "budgets.amazonaws.com")
# https://docs.aws.amazon.com/glue/latest/dg/automating-awsglue-with-cloudwatch-events.html
FAILED_STATES = ["FAILED", "TIMEOUT", "STOPPED"]
FOLLOW = """fields @timestamp, logger, message, method, route, status, duration_ms
| filter correlation_id = "PUT-THE-ID-HERE"
| sort @timestamp"""


class MonitoringStack(Stack):
    """Deployed last, because it also watches the front door. topic: receives alarms, failures and budget notices."""

    def __init__(self, scope: Construct, settings: Settings, *, watched: Watched, topic: sns.Topic) -> None:
        super().__init__(scope, settings.stack_name("monitoring"))
        self._settings, self._topic = settings, topic
        self._allow_senders()
        metrics = Metrics(watched)
        silver_failure = self._silver_failure(watched.silver_job)
        alarms = [self._alarm(rule) for rule in rules(metrics, settings.thresholds, silver_failure)]
        dashboard = cloudwatch.Dashboard(self, "Dashboard", dashboard_name=settings.dashboard)
        for row in rows(metrics, alarms):
            dashboard.add_widgets(*row)
        for budget in add_budgets(self, settings.stage, settings.budgets, topic.topic_arn):
            budget.node.add_dependency(topic)
        logs.CfnQueryDefinition(
            self,
            "FollowARequest",
            name=f"todo-{settings.stage}/follow a request",
            query_string=FOLLOW,
            log_group_names=[f"/aws/lambda/{settings.api_function}"],
        )

    def _allow_senders(self) -> None:
        """Lets the senders publish. This policy replaces SNS's default, which admits every service of the account."""
        for sender in SENDERS:
            self._topic.add_to_resource_policy(
                iam.PolicyStatement(
                    principals=[iam.ServicePrincipal(sender)],
                    actions=["sns:Publish"],
                    resources=[self._topic.topic_arn],
                    conditions={"StringEquals": {"aws:SourceAccount": self.account}},
                )
            )
        if self._settings.alarm_email:
            sns.CfnSubscription(
                self, "Email", protocol="email", endpoint=self._settings.alarm_email, topic_arn=self._topic.topic_arn
            )

    def _silver_failure(self, job: str) -> str:
        """A rule for failed jobs, which have no metric: the rule counts their events and sends them to the topic."""
        name = f"todo-{self._settings.stage}-silver-failed"
        events.Rule(
            self,
            "SilverJobEnds",
            rule_name=name,
            event_pattern=events.EventPattern(
                source=["aws.glue"],
                detail_type=["Glue Job State Change"],
                detail={"jobName": [job], "state": FAILED_STATES},
            ),
            targets=[targets.SnsTopic(self._topic)],
        )
        return name

    def _alarm(self, rule: Rule) -> cloudwatch.Alarm:
        comparison = cloudwatch.ComparisonOperator
        alarm = cloudwatch.Alarm(
            self,
            rule.name.title().replace("-", ""),
            alarm_name=f"todo-{self._settings.stage}-{rule.name}",
            alarm_description=f"{rule.meaning} docs/how-to/alarms.md, {rule.name}.",
            metric=rule.metric,
            threshold=rule.threshold,
            evaluation_periods=rule.periods,
            datapoints_to_alarm=rule.periods,
            comparison_operator=comparison.LESS_THAN_THRESHOLD if rule.below else comparison.GREATER_THAN_THRESHOLD,
            treat_missing_data=rule.missing,
        )
        alarm.add_alarm_action(actions.SnsAction(self._topic))
        return alarm
