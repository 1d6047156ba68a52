"""The same figures as gold has them, through Athena's API."""

import hashlib
import hmac
from collections import Counter
from collections.abc import Mapping

from tests.pipeline.figures import PERCENTS, Figures
from tests.pipeline.running import RunningStack


def figures_by_owner(stack: RunningStack, domain: str) -> dict[str, Figures]:
    """Owner -> figures, for the owners that an import with this e-mail domain made."""
    owners = _owners(stack, domain)
    found = {owner: Figures() for owner in owners.values()}
    for row in _rows(stack, "insight_mix", "dimension = 'status'", owners):
        found[owners[row["user_id"]]].statuses[row["value"]] = int(row["n"])
    for row in _rows(stack, "insight_throughput", "completed > 0", owners):
        found[owners[row["user_id"]]].weeks[row["week"]] = int(row["completed"])
    for row in _rows(stack, "insight_lead_time", "week is null", owners):
        found[owners[row["user_id"]]].lead = (int(row["n"]), *(int(row[f"p{percent}_s"]) for percent in PERCENTS))
    return found


def organisation(stack: RunningStack) -> Figures:
    """The figures of all users together."""
    everybody: Mapping[str, str] = {"*": "*"}
    return Figures(
        statuses=Counter(
            {r["value"]: int(r["n"]) for r in _rows(stack, "insight_mix", "dimension = 'status'", everybody)}
        ),
        weeks=Counter(
            {r["week"]: int(r["completed"]) for r in _rows(stack, "insight_throughput", "completed > 0", everybody)}
        ),
        lead=next(
            (int(r["n"]), *(int(r[f"p{percent}_s"]) for percent in PERCENTS))
            for r in _rows(stack, "insight_lead_time", "week is null", everybody)
        ),
    )


def _rows(stack: RunningStack, relation: str, condition: str, owners: Mapping[str, str]) -> list[dict[str, str]]:
    rows = stack.athena(f"SELECT * FROM {relation} WHERE {condition}")
    return [{k: str(v) for k, v in row.items()} for row in rows if row["user_id"] in owners]


def _owners(stack: RunningStack, domain: str) -> dict[str, str]:
    """user_id -> owner, the way an operator knows it: by the pool's sub and the secret."""
    secret = stack.client("secretsmanager").get_secret_value(SecretId=stack.environment["USER_KEY_SECRET_ID"])
    key = secret["SecretString"].encode()
    pages = stack.client("cognito-idp").get_paginator("list_users")
    found = {}
    for page in pages.paginate(UserPoolId=stack.environment["USER_POOL_ID"]):
        for user in page["Users"]:
            attributes = {a["Name"]: a["Value"] for a in user["Attributes"]}
            owner, _, its_domain = attributes["email"].partition("@")
            if its_domain == domain:
                found[hmac.new(key, attributes["sub"].encode(), hashlib.sha256).hexdigest()] = owner
    return found
