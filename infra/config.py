"""The settings that differ between stages; everything else is the same on AWS and on a laptop."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

TABLE_NAME = "todo-app-data"
GOLD_DATABASE = "todo_analytics"
STAGING_DATABASE = "todo_staging"
SILVER_DATABASE = "todo_silver"
WORKGROUP = "todo-analytics-workgroup"
# Dollars a month, by the service's name in bills and budgets.
BUDGETS = MappingProxyType({"Amazon DynamoDB": 50, "AWS Lambda": 20, "Amazon Simple Storage Service": 100})


@dataclass(frozen=True)
class Thresholds:
    """An alarm fires above these. Counts errors of the API per minute, and those of a function per five minutes.

    delivery_age_s: age of the oldest event or log line in Firehose. insights_age_s: age of the newest insights; a pass
    starts every hour and takes some time.
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
    """One stage. Each stage has its own account or region, so published names are the same in each.

    bronze_days, results_days: how long bronze events and query results are kept.
    retain_data: the table and the lake outlive the stacks.
    scheduled: whether the schedules are enabled. pipeline_schedule: when passes start. maintenance_schedule: when gold
    is maintained. reconciliation_schedule: when the table is compared with gold.
    alarm_email: the address that gets alarms, failures and budget notices; empty for none.
    budgets: dollars a month, by service.
    owner, cost_center: tags that group costs in bills.
    requests_per_second, burst_requests: above these, API Gateway responds 429.
    allowed_hosts: the API's host names, in Django's notation.
    emulated: the stage runs in an emulator, which executes functions with this machine's Python.
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
    reconciliation_schedule: str = "cron(15 2 * * ? *)"
    alarm_email: str = ""
    thresholds: Thresholds = field(default_factory=Thresholds)
    budgets: Mapping[str, int] = field(default_factory=lambda: BUDGETS)
    requests_per_second: int = 50
    burst_requests: int = 100
    allowed_hosts: str = ".amazonaws.com"
    emulated: bool = False

    @property
    def api_function(self) -> str:
        """The name that Zappa gives the API's function: its project and the stage."""
        return f"todo-api-{self.stage}"

    @property
    def pipeline(self) -> str:
        """The state machine's name."""
        return f"todo-pipeline-{self.stage}"

    @property
    def dashboard(self) -> str:
        """The dashboard's name, which is global in an account; production's is what clients of the name expect."""
        return "TodoApiMonitoring" if self.stage == "production" else f"TodoApiMonitoring-{self.stage}"

    def tags(self) -> dict[str, str]:
        """The tags of every resource that supports them."""
        return {"Project": "todo-api", "Owner": self.owner, "Environment": self.stage, "CostCenter": self.cost_center}

    def stack_name(self, concern: str) -> str:
        return f"todo-{self.stage}-{concern}"


STAGES = {
    "local": Settings(stage="local", scheduled=False, allowed_hosts="127.0.0.1,localhost,.localhost", emulated=True),
    "dev": Settings(stage="dev"),
    "production": Settings(stage="production", retain_data=True, requests_per_second=1000, burst_requests=2000),
}


def settings_of(stage: str) -> Settings:
    """Raises SystemExit, which lists the known names, if there is no such stage."""
    try:
        return STAGES[stage]
    except KeyError:
        raise SystemExit(f"Unknown stage {stage!r}: use one of {', '.join(STAGES)}.") from None
