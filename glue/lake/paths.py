"""The lake's layout, and the ids of passes, which are part of its paths."""

from datetime import UTC, date, datetime
from typing import Final

BRONZE: Final = "bronze/change_events/"
SILVER: Final = "silver/change_events/"
COMMITS: Final = "silver/commits/"
QUARANTINE: Final = "silver/quarantine/"
MANIFESTS: Final = "silver/manifests/"
VERSIONS: Final = "silver/versions/"
WORK: Final = "silver/work/"


def pass_id_at(moment: datetime) -> str:
    """The id of a pass that starts at a moment: its time, so that ids sort by it."""
    text = moment.astimezone(UTC).strftime("%Y%m%dT%H%M%S%f")
    return f"{text[:-3]}Z"


def moment_of(pass_id: str) -> datetime:
    return datetime.strptime(f"{pass_id[:-1]}000", "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC)


def date_of(pass_id: str) -> date:
    return moment_of(pass_id).date()


def bronze_folder(hour: datetime) -> str:
    return f"{BRONZE}dt={hour:%Y-%m-%d}/hour={hour:%H}/"


def silver_folder(dt: str, pass_id: str) -> str:
    return f"{SILVER}dt={dt}/{pass_id}/"


def versions_folder(shard: str, pass_id: str) -> str:
    return f"{VERSIONS}shard={shard}/{pass_id}/"


def quarantine_folder(pass_id: str) -> str:
    return f"{QUARANTINE}dt={date_of(pass_id)}/{pass_id}/"


def key_of(uri: str) -> str:
    """s3://bucket/key -> key"""
    return uri.removeprefix("s3://").partition("/")[2]
