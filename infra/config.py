"""What differs between the stages; everything else is the same on AWS and on a laptop."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

TABLE_NAME = "todo-app-data"
GOLD_DATABASE = "todo_analytics"
STAGING_DATABASE = "todo_staging"
SILVER_DATABASE = "todo_silver"
WORKGROUP = "todo-analytics-workgroup"
# Dollars a month, by the name that bills and budgets give a service.
BUDGETS = MappingProxyType({"Amazon DynamoDB": 50, "AWS Lambda": 20, "Amazon Simple Storage Service": 100})


@dataclass(frozen=True)
class Thresholds:
    """Above these an alarm fires. Errors of the API are counted by the minute, those of a function by five minutes.

    delivery_age_s: of the oldest event or log line that Firehose holds. insights_age_s: of the newest insights; a pass
    starts hourly and takes its time.
    """

    client_errors: int = 10
    server_errors: int = 1
    latency_ms: int = 500
    function_errors: int = 5
    duration_ms: int = 5_000
    iterator_age_ms: int = 900_000
    delivery_age_s: int = 900
    insights_age_s: int = 7_200
    throttles: int = 10
    table_errors: int = 5


@dataclass(frozen=True)
class Settings:
    """One stage. A stage is one account or region of its own, so published names are the same in each.

    bronze_days, results_days: how long arrived events and query results are kept.
    retain_data: the table and the lake outlive the stacks.
    scheduled: whether passes start by the clock, at pipeline_schedule; gold is maintained at maintenance_schedule.
    reconciled_at: when the table is compared with gold.
    alarm_email: who is told of alarms, failures and budgets; nobody while it is empty.
    budgets: dollars a month, by service.
    owner, cost_center: tags, by which bills are told apart.
    requests_per_second, requests_at_once: above these, API Gateway answers 429.
    allowed_hosts: the names under which the API answers, as Django writes them.
    runs_here: the stage is an emulator's, which runs functions on this machine's Python.
    """

    stage: str
    bronze_days: int = 30
    results_days: int = 7
    log_days: int = 30
    retain_data: bool = False
    owner: str = "todo-api"
    cost_center: str = "todo-api"
    scheduled: bool = True
    pipeline_schedule: str = "rate(1 hour)"
    maintenance_schedule: str = "cron(30 3 ? * SUN *)"
    reconciled_at: str = "cron(15 2 * * ? *)"
    alarm_email: str = ""
    thresholds: Thresholds = field(default_factory=Thresholds)
    budgets: Mapping[str, int] = field(default_factory=lambda: BUDGETS)
    requests_per_second: int = 50
    requests_at_once: int = 100
    allowed_hosts: str = ".amazonaws.com"
    runs_here: bool = False

    @property
    def api_function(self) -> str:
        """The name that Zappa gives the API's function: its project and the stage."""
        return f"todo-api-{self.stage}"

    @property
    def pipeline(self) -> str:
        """The state machine's name."""
        return f"todo-pipeline-{self.stage}"

    def tags(self) -> dict[str, str]:
        """On everything that can carry tags."""
        return {"Project": "todo-api", "Owner": self.owner, "Environment": self.stage, "CostCenter": self.cost_center}

    def stack_name(self, concern: str) -> str:
        return f"todo-{self.stage}-{concern}"


STAGES = {
    "local": Settings(stage="local", scheduled=False, allowed_hosts="127.0.0.1,localhost,.localhost", runs_here=True),
    "dev": Settings(stage="dev"),
    "production": Settings(stage="production", retain_data=True, requests_per_second=1000, requests_at_once=2000),
}


def settings_of(stage: str) -> Settings:
    """Raises SystemExit with the known names when there is no such stage."""
    try:
        return STAGES[stage]
    except KeyError:
        raise SystemExit(f"Unknown stage {stage!r}: use one of {', '.join(STAGES)}.") from None
