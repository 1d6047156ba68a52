"""Gold of next to nothing: no events at all, users alone, tasks alone."""

import pytest

from tests.support.endpoint import Endpoint
from tests.support.gold_lake import GoldLake
from tests.support.histories import END, history
from tests.support.recomputation import COLUMNS, recompute
from tests.support.recomputed_marts import MART_COLUMNS, recompute_marts
from tests.support.replay import Event

SOME = history(5, tasks=12)
HISTORIES: dict[str, list[Event]] = {
    "nothing": [],
    "only_users": [event for event in SOME if event["entity"] == "user"],
    "only_tasks": [event for event in SOME if event["entity"] == "task"],
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HISTORIES)
def test_every_relation_equals_the_recomputation(
    endpoint: Endpoint, tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    lake = GoldLake(endpoint, name, tmp_path_factory.mktemp(name))
    if HISTORIES[name]:
        lake.commit(HISTORIES[name], "20261110T040000000Z")
    # The second build is incremental, and finds nothing new.
    lake.build(as_of=END)
    lake.build(as_of=END)
    expected = recompute(HISTORIES[name], END) | recompute_marts(HISTORIES[name], END)
    columns = COLUMNS | MART_COLUMNS
    found = {relation: lake.rows(f"gold_{name}.{relation}", columns[relation]) for relation in columns}
    assert found == {relation: sorted(rows, key=repr) for relation, rows in expected.items()}
