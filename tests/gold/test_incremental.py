"""Gold built pass by pass is gold built at once, and both are what a recomputation from the events says."""

import re
from collections import defaultdict
from datetime import timedelta
from typing import Any

import pytest

from tests.support.endpoint import Endpoint
from tests.support.gold_lake import GoldLake
from tests.support.histories import END, history, split
from tests.support.recomputation import COLUMNS, recompute
from tests.support.recomputed_marts import MART_COLUMNS, recompute_marts

SEED = 1
PASSES = ("20261110T040000000Z", "20261111T040000000Z", "20261112T040000000Z")
# The clock moves on from pass to pass, and at last to before some of the events.
CLOCKS = (END, END + timedelta(days=1), END - timedelta(days=3))
WITH_USERS = {"int_user_months", "int_user_days", "int_tasks", "int_status_intervals"}
Relations = dict[str, list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def lake(endpoint: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> GoldLake:
    """A history taken in pass by pass, late events in each; after the last, gold was built at once, too, elsewhere."""
    lake = GoldLake(endpoint, "passes", tmp_path_factory.mktemp("lake"))
    for i, (part, pass_id) in enumerate(zip(split(history(SEED), SEED, len(PASSES)), PASSES, strict=True)):
        lake.commit(part, pass_id)
        lake.build(as_of=CLOCKS[i])
    lake.build(as_of=CLOCKS[-1], gold="at_once")
    return lake


def test_incremental_equals_full_after_the_last_of_many_passes(lake: GoldLake) -> None:
    assert everything(lake) == everything(lake, "at_once")


@pytest.mark.parametrize("relation", COLUMNS)
def test_gold_equals_the_recomputation(lake: GoldLake, relation: str) -> None:
    expected = recompute(lake.events(), CLOCKS[-1])[relation]
    assert lake.rows(f"gold_passes.{relation}", COLUMNS[relation]) == sorted(expected, key=repr)


@pytest.mark.parametrize("relation", MART_COLUMNS)
def test_marts_equal_the_recomputation(lake: GoldLake, relation: str) -> None:
    expected = recompute_marts(lake.events(), CLOCKS[-1])[relation]
    assert lake.rows(f"gold_passes.{relation}", MART_COLUMNS[relation]) == sorted(expected, key=repr)


def test_merges_look_alone_into_the_months_they_are_about(lake: GoldLake) -> None:
    merge = re.compile(r'merge into (?:"\w+"\.)?"staging_passes"\."(\w+)"')
    within = re.compile(r"target\.(\w+) >= (?:date|timestamp) '[^']+'\s+and\s+target\.\1 < (?:date|timestamp) '[^']+'")
    bounded: dict[str, set[bool]] = defaultdict(set)
    for execution in lake.endpoint.executions().values():
        if match := merge.search(execution["Query"]):
            bounded[match[1]].add(within.search(execution["Query"]) is not None)
    assert bounded == {model: {True} for model in ("int_events", *WITH_USERS)}


@pytest.mark.slow
def test_passes_that_the_ledger_forgot_before_gold_saw_them_are_taken_in(
    endpoint: Endpoint, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Gold has not run for longer than the ledger is kept: what it saw last is gone, and one pass more."""
    lake = GoldLake(endpoint, "idle", tmp_path_factory.mktemp("lake"))
    events = history(SEED + 2, tasks=30)
    first, unseen, last = split(events, SEED, 3)
    lake.commit(first, PASSES[0])
    lake.build(as_of=END)
    lake.commit(unseen, PASSES[1])
    lake.erase(first[0]["user_key"], PASSES[1])
    lake.commit([event for event in last if event["user_key"] != first[0]["user_key"]], PASSES[2])
    for forgotten in PASSES[:2]:
        lake.forget_ledger(forgotten)
    lake.build(as_of=END)
    healed = everything(lake)
    assert models_that_looked_for_users(lake) == set()
    assert everything(lake) == healed
    lake.build("--full-refresh", as_of=END)
    refreshed = everything(lake)
    # The intermediate models also say under which pass a row came.
    assert {name: refreshed[name] for name in COLUMNS | MART_COLUMNS} == {
        name: healed[name] for name in COLUMNS | MART_COLUMNS
    }
    assert {row[0] for row in lake.rows("gold_idle.user_analytics", ["user_id"])} == {
        event["user_key"] for event in lake.events()
    }


@pytest.mark.slow
def test_a_build_killed_between_models_heals(endpoint: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> None:
    lake = GoldLake(endpoint, "killed", tmp_path_factory.mktemp("lake"))
    first, second = split(history(SEED + 1, tasks=30), SEED, 2)
    lake.commit(first, PASSES[0])
    lake.build(as_of=END)
    lake.commit(second, PASSES[1])
    lake.kill_build_after("int_user_months", as_of=END)
    seen = [lake.rows(f"staging_killed.{model}", ["pass_id"])[-1] for model in ("int_user_months", "int_tasks")]
    assert seen == [(PASSES[1],), (PASSES[0],)]
    lake.build(as_of=END)
    healed = everything(lake)
    lake.build("--full-refresh", as_of=END)
    assert everything(lake) == healed


@pytest.mark.slow
def test_an_erased_user_is_gone_from_every_relation(
    endpoint: Endpoint, tmp_path_factory: pytest.TempPathFactory
) -> None:
    lake = GoldLake(endpoint, "erasure", tmp_path_factory.mktemp("lake"))
    lake.commit(history(SEED + 2, tasks=30), PASSES[0])
    lake.build(as_of=END)
    erased = next(event["user_key"] for event in lake.events() if event["entity"] == "task")
    assert erased in repr(everything(lake))
    lake.erase(erased, PASSES[1])
    assert models_that_looked_for_users(lake) == WITH_USERS
    lake.build(as_of=END, gold="never_there")
    assert erased not in repr(everything(lake) | {"silver_commits": [], "stg_silver_commits": []})
    assert everything(lake) == everything(lake, "never_there")


@pytest.mark.slow
def test_a_user_whose_erasure_was_cut_off_and_forgotten_is_gone(
    endpoint: Endpoint, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A build dies after the first model took the erasure in; the next comes when the ledger tells of neither."""
    lake = GoldLake(endpoint, "cut_off", tmp_path_factory.mktemp("lake"))
    first, last = split(history(SEED + 3, tasks=30), SEED, 2)
    erased = first[0]["user_key"]
    lake.commit(first, PASSES[0])
    lake.build(as_of=END)
    lake.erase(erased, PASSES[1])
    lake.kill_build_after("int_events", as_of=END)
    for forgotten in PASSES[:2]:
        lake.forget_ledger(forgotten)
    lake.commit([event for event in last if event["user_key"] != erased], PASSES[2])
    lake.build(as_of=END)
    assert erased not in repr(everything(lake))
    expected = recompute(lake.events(), END)
    assert {relation: lake.rows(f"gold_cut_off.{relation}", columns) for relation, columns in COLUMNS.items()} == {
        relation: sorted(expected[relation], key=repr) for relation in COLUMNS
    }


def models_that_looked_for_users(lake: GoldLake) -> set[str]:
    """In one more build: that looked through their rows for users who are gone."""
    before = lake.endpoint.executions()
    lake.build(as_of=END)
    sent = [execution["Query"] for key, execution in lake.endpoint.executions().items() if key not in before]
    looking = re.compile(r'select distinct user_id from (?:"\w+"\.)*"(\w+)"')
    return {match[1] for sql in sent if (match := looking.search(sql))}


def everything(lake: GoldLake, gold: str | None = None) -> Relations:
    """The rows of every relation, by its name without the database."""
    return {
        relation.rpartition(".")[2]: lake.rows(relation, columns) for relation, columns in lake.relations(gold).items()
    }
