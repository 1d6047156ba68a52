import json
import zlib
from typing import Any

import pytest

from tasks.accounts import user_keys
from tasks.insights import payloads, registry
from tasks.models import keys
from tests.support.environment import USER_KEY_SECRET


@pytest.mark.parametrize("insight", registry.REGISTRY.values(), ids=lambda insight: insight.name)
def test_definition_is_one_paragraph_of_dbts_docs(insight: registry.Insight) -> None:
    text = registry.definition(insight)
    assert text.endswith(".")
    assert "\n" not in text
    assert text in " ".join(registry.DEFINITIONS.read_text().split())


def test_name_and_relation_agree() -> None:
    assert {insight.relation for insight in registry.REGISTRY.values()} == {
        f"insight_{name.replace('-', '_')}" for name in registry.REGISTRY
    }


def test_payload_is_the_answers_json_compressed() -> None:
    body = {"rows": [{"category": "überraschung", "n": 1}] * 50}
    payload = payloads.compress(body)
    assert json.loads(zlib.decompress(payload)) == json.loads(payloads.decompress(payload)) == body
    assert len(payload) < 200


def test_user_key_is_made_with_the_secret(table: Any) -> None:
    assert user_keys.user_key("sub-1") == keys.user_key(USER_KEY_SECRET, "sub-1")


def test_summary_holds_what_has_no_rows_too() -> None:
    made = payloads.summary(as_of="2026-11-22T12:00:00.000Z", rows={"mix": [{"n": 1}]})
    assert made["insights"]["mix"] == [{"n": 1}]
    assert made["insights"]["streak"] == []
    assert "throughput" not in made["insights"]
