"""What differs between the stages; everything else is the same on AWS and on a laptop."""

from dataclasses import dataclass

TABLE_NAME = "todo-app-data"
GOLD_DATABASE = "todo_analytics"
STAGING_DATABASE = "todo_staging"
SILVER_DATABASE = "todo_silver"
WORKGROUP = "todo-analytics-workgroup"


@dataclass(frozen=True)
class Settings:
    """One stage. A stage is one account or region of its own, so published names are the same in each.

    bronze_days, results_days: how long arrived events and query results are kept.
    retain_data: the table and the lake outlive the stacks.
    """

    stage: str
    bronze_days: int = 30
    results_days: int = 7
    log_days: int = 30
    retain_data: bool = False

    def stack_name(self, concern: str) -> str:
        return f"todo-{self.stage}-{concern}"


STAGES = {
    "local": Settings(stage="local"),
    "dev": Settings(stage="dev"),
    "production": Settings(stage="production", retain_data=True),
}


def settings_of(stage: str) -> Settings:
    """Raises SystemExit with the known names when there is no such stage."""
    try:
        return STAGES[stage]
    except KeyError:
        raise SystemExit(f"Unknown stage {stage!r}: use one of {', '.join(STAGES)}.") from None
