"""Gold's relations as they are and as they should be, for comparing them row by row."""

import gzip
import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.support.recomputation import COLUMNS, ORGANIZATION, Row, recompute
from tests.support.recomputed_marts import MART_COLUMNS, recompute_marts
from tests.support.replay import Event
from tests.support.running import RunningStack

ALL_COLUMNS = {**COLUMNS, **MART_COLUMNS}


@dataclass(frozen=True)
class Scope:
    """What of gold is compared. users: only their rows, None for all. hidden: columns that nobody can foretell."""

    users: Collection[str] | None = None
    hidden: frozenset[str] = frozenset()

    def rows(self, relation: str, rows: Iterable[Row]) -> Counter[Row]:
        """How often each row occurs, as far as it is in scope."""
        columns = ALL_COLUMNS[relation]
        shown = [place for place, column in enumerate(columns) if column not in self.hidden]
        owner = columns.index("user_id") if "user_id" in columns else None
        chosen = (r for r in rows if self.users is None or (owner is not None and r[owner] in self.users))
        return Counter(tuple(row[place] for place in shown) for row in chosen)


def expected(events: Iterable[Event], as_of: datetime) -> dict[str, list[Row]]:
    """Every relation, recomputed from the events."""
    known = list(events)
    return {**recompute(known, as_of), **recompute_marts(known, as_of)}


def found(stack: RunningStack, relation: str) -> list[Row]:
    columns = ", ".join(f'"{column}"' for column in ALL_COLUMNS[relation])
    return stack.typed_rows(f"SELECT {columns} FROM {relation}")


def in_bronze(stack: RunningStack) -> list[dict[str, Any]]:
    """Every line of every change event object that is about somebody who was not erased."""
    s3, bucket = stack.client("s3"), stack.environment["LAKE_BUCKET"]
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="bronze/change_events/")
    keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
    bodies = {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}
    texts = [gzip.decompress(body) if key.endswith(".gz") else body for key, body in bodies.items()]
    events = [json.loads(line) for text in texts for line in text.splitlines()]
    erased = erased_users(stack)
    return [event for event in events if event["user_key"] not in erased]


def erased_users(stack: RunningStack) -> set[str]:
    """The users in the table's list of erasures."""
    query = {"KeyConditionExpression": "PK = :list", "ExpressionAttributeValues": {":list": {"S": "ERASURES"}}}
    pages = stack.client("dynamodb").get_paginator("query").paginate(TableName=stack.environment["TABLE_NAME"], **query)
    return {item["user_key"]["S"] for page in pages for item in page["Items"]}


def user_ids(stack: RunningStack, domain: str) -> dict[str, str]:
    """Owner -> user_id, the way an operator knows it: by the pool's sub and the secret."""
    secret = stack.client("secretsmanager").get_secret_value(SecretId=stack.environment["USER_KEY_SECRET_ID"])
    key = secret["SecretString"].encode()
    ids = {}
    for page in (
        stack.client("cognito-idp").get_paginator("list_users").paginate(UserPoolId=stack.environment["USER_POOL_ID"])
    ):
        for user in page["Users"]:
            attributes = {a["Name"]: a["Value"] for a in user["Attributes"]}
            owner, _, its_domain = attributes["email"].partition("@")
            if its_domain == domain:
                ids[owner] = hmac.new(key, attributes["sub"].encode(), hashlib.sha256).hexdigest()
    return ids


def of_an_import(stack: RunningStack, domain: str, *, alone: bool) -> Scope:
    """The owners' rows. alone: nothing else was ever written, so that rows about all users are theirs too.

    Task ids are the import's choice, and how often and when a profile was written is not in the file.
    """
    owners = set(user_ids(stack, domain).values()) | ({ORGANIZATION} if alone else set())
    unknown = {"task_id", "first_seen", "last_updated", "total_events", "max_event_types"}
    return Scope(None if alone else owners, frozenset(unknown))
