"""Gold equals a recomputation from the very events that lie in bronze, relation by relation."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.pipeline.recomputation import COLUMNS, Row, recompute
from tests.pipeline.running import RunningStack

AS_OF = (datetime.now(UTC) + timedelta(days=9)).replace(microsecond=0)


@pytest.fixture(scope="module")
def expected(stack: RunningStack) -> dict[str, list[Row]]:
    """Recomputed from bronze after people of five time zones have worked for some weeks, and a pass."""
    stack.manage("seed_history", "--users", "5", "--days", "40")
    stack.manage("runpipeline", "--as-of", AS_OF.isoformat())
    return recompute(_bronze(stack), AS_OF)


@pytest.mark.parametrize("relation", COLUMNS)
def test_gold_equals_the_recomputation(expected: dict[str, list[Row]], stack: RunningStack, relation: str) -> None:
    found = stack.typed_rows(f"SELECT {', '.join(_quoted(COLUMNS[relation]))} FROM {relation}")
    assert sorted(found, key=repr) == sorted(expected[relation], key=repr)


def _quoted(columns: tuple[str, ...]) -> list[str]:
    return [f'"{column}"' for column in columns]


def _bronze(stack: RunningStack) -> list[dict[str, Any]]:
    s3, bucket = stack.client("s3"), stack.environment["LAKE_BUCKET"]
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="bronze/change_events/")
    keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
    bodies = {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}
    texts = [gzip.decompress(body) if key.endswith(".gz") else body for key, body in bodies.items()]
    return [json.loads(line) for text in texts for line in text.splitlines()]
