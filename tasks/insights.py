"""The published insights: their names, how an item holds one, and what the API answers before the first pass.

Definitions live in dbt's docs blocks alone; gold computes them, publishing packs them with `packed`.
"""

import json
import re
import zlib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from django.conf import settings

from tasks import keys

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

SUMMARY = "summary"
DEFINITIONS = settings.BASE_DIR / "analytics_dbt" / "models" / "marts" / "insights.md"


@dataclass(frozen=True, slots=True)
class Insight:
    """An insight: `relation` is its gold table, `in_summary` whether the summary holds (part of) its rows."""

    name: str
    relation: str
    unit: str
    in_summary: bool


REGISTRY = {
    insight.name: insight
    for insight in (
        Insight("lead-time", "insight_lead_time", "seconds", in_summary=True),
        Insight("cycle-time", "insight_cycle_time", "seconds", in_summary=False),
        Insight("throughput", "insight_throughput", "tasks per week", in_summary=False),
        Insight("cumulative-flow", "insight_cumulative_flow", "tasks", in_summary=False),
        Insight("ageing", "insight_ageing", "days", in_summary=False),
        Insight("due-dates", "insight_due_dates", "tasks and share", in_summary=True),
        Insight("rework", "insight_rework", "share", in_summary=True),
        Insight("completion-rate", "insight_completion_rate", "share", in_summary=True),
        Insight("streak", "insight_streak", "days", in_summary=True),
        Insight("mix", "insight_mix", "tasks", in_summary=True),
    )
}


def user_key(sub: str) -> str:
    """The user's name in the lake and in published items."""
    return keys.user_key(_secret(), sub)


@cache
def _secret() -> str:
    """Asked for once in a process, when first needed."""
    client: SecretsManagerClient = boto3.client("secretsmanager", region_name=settings.REGION)
    return client.get_secret_value(SecretId=settings.USER_KEY_SECRET_ID)["SecretString"]


def definition(insight: Insight) -> str:
    """First paragraph of the relation's docs block, on one line."""
    return _definitions()[insight.relation]


@cache
def _definitions() -> dict[str, str]:
    blocks = re.findall(r"{% docs (\w+) %}(.*?){% enddocs %}", DEFINITIONS.read_text(), re.DOTALL)
    return {name: " ".join(text.strip().split("\n\n")[0].split()) for name, text in blocks}


def answer(
    insight: Insight,
    *,
    as_of: str | None = None,
    first: str | None = None,
    last: str | None = None,
    truncated: bool = False,
    rows: list[dict[str, Any]],
) -> dict[str, Any]:
    """The body of `GET /api/v1/insights/<name>`; `first` and `last` bound what is published."""
    return {
        "insight": insight.name,
        "definition": definition(insight),
        "unit": insight.unit,
        "as_of": as_of,
        "from": first,
        "to": last,
        "truncated": truncated,
        "rows": rows,
    }


def summary(*, as_of: str | None, rows: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """The body of `GET /api/v1/insights`; what has no rows is there, empty."""
    names = [insight.name for insight in REGISTRY.values() if insight.in_summary]
    return {"as_of": as_of, "insights": {name: rows.get(name, []) for name in names}}


def empty_answer(name: str) -> dict[str, Any]:
    """What is answered before the first pass."""
    return summary(as_of=None, rows={}) if name == SUMMARY else answer(REGISTRY[name], rows=[])


def packed(body: dict[str, Any]) -> bytes:
    """An answer's body as an item's `payload`."""
    return zlib.compress(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(), 9)


def unpacked(payload: bytes) -> bytes:
    """The answer's body, as JSON ready to send."""
    return zlib.decompress(payload)
