"""Gold equals a recomputation from the very events that lie in bronze, relation by relation."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.pipeline import gold
from tests.support.recomputation import Row
from tests.support.running import RunningStack

AS_OF = (datetime.now(UTC) + timedelta(days=9)).replace(microsecond=0)


@pytest.fixture(scope="module")
def expected(stack: RunningStack) -> dict[str, list[Row]]:
    """Recomputed from bronze after people of five time zones have worked for some weeks, and a pass."""
    stack.manage("seed_history", "--users", "5", "--days", "40")
    stack.manage("runpipeline", "--as-of", AS_OF.isoformat())
    return gold.expected(gold.in_bronze(stack), AS_OF)


@pytest.mark.parametrize("relation", gold.ALL_COLUMNS)
def test_gold_equals_the_recomputation(expected: dict[str, list[Row]], stack: RunningStack, relation: str) -> None:
    everything = gold.Scope()
    assert everything.rows(relation, gold.found(stack, relation)) == everything.rows(relation, expected[relation])
