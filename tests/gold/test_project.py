"""The documented rules of dbt-project-evaluator, over the manifest; its package comes from a hub, not from an index."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.gold_lake import GoldLake

Node = dict[str, Any]
LAYERS = {"staging": "stg_", "intermediate": "int_", "marts": ""}
# Operators read the quarantine themselves; no insight comes from it.
UNUSED_SOURCES = {"quarantine"}
MOST_LEAVES = 3
MOST_JOINS = 7
MOST_VIEWS_IN_A_CHAIN = 4


@pytest.fixture(scope="module")
def manifest(built: GoldLake) -> Node:
    manifest: Node = json.loads((built.target() / "manifest.json").read_text())
    return manifest


@pytest.fixture(scope="module")
def models(manifest: Node) -> dict[str, Node]:
    return {key: node for key, node in manifest["nodes"].items() if node["resource_type"] == "model"}


def children(manifest: Node, models: dict[str, Node], key: str) -> list[str]:
    return [child for child in manifest["child_map"][key] if child in models]


def layer(node: Node) -> str:
    return Path(node["path"]).parts[0]


def parents(node: Node, kind: str) -> list[str]:
    return [key for key in node["depends_on"]["nodes"] if key.startswith(f"{kind}.")]


def test_a_model_bears_its_folders_prefix_and_no_others(models: dict[str, Node]) -> None:
    for node in models.values():
        assert layer(node) in LAYERS, node["name"]
        others = tuple(prefix for prefix in LAYERS.values() if prefix and prefix != LAYERS[layer(node)])
        assert node["name"].startswith(LAYERS[layer(node)]), node["name"]
        assert not node["name"].startswith(others), node["name"]


def test_staging_alone_reads_sources_one_each_and_nothing_else(models: dict[str, Node]) -> None:
    sources = [key for node in models.values() for key in parents(node, "source")]
    assert len(sources) == len(set(sources))
    for node in models.values():
        read = (len(parents(node, "source")), len(parents(node, "model")))
        assert read == (1, 0) if layer(node) == "staging" else read[0] == 0 < read[1], node["name"]


def test_dependencies_run_down_the_layers(models: dict[str, Node]) -> None:
    order = list(LAYERS)
    for node in models.values():
        above = [models[key]["name"] for key in parents(node, "model")
                 if order.index(layer(models[key])) > order.index(layer(node))]  # fmt: skip
        assert above == [], node["name"]


def test_every_source_is_read_described_and_fresh(manifest: Node) -> None:
    for key, source in manifest["sources"].items():
        assert source["description"], key
        assert source["source_description"], key
        used = bool(manifest["child_map"][key])
        assert used == (source["name"] not in UNUSED_SOURCES), key
        assert bool(source["freshness"] and source["loaded_at_field"]) == used, key


def test_no_reference_is_hard_coded(models: dict[str, Node]) -> None:
    for node in models.values():
        code = node["raw_code"].lower()
        for name in ("awsdatacatalog", "todo_silver.", "todo_staging.", "todo_analytics."):
            assert name not in code, node["name"]


def test_every_model_is_described_and_its_contract_enforced(models: dict[str, Node]) -> None:
    for node in models.values():
        assert node["description"], node["name"]
        assert node["config"]["contract"]["enforced"], node["name"]
        assert [name for name, column in node["columns"].items() if not column["data_type"]] == [], node["name"]


def test_every_models_grain_is_tested(manifest: Node, models: dict[str, Node]) -> None:
    tested = {
        node["attached_node"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test" and (node.get("test_metadata") or {}).get("name") == "grain"
    }
    assert {node["name"] for key, node in models.items() if key not in tested} == set()


def test_every_model_that_computes_has_a_unit_test(manifest: Node, models: dict[str, Node]) -> None:
    tested = {test["model"] for test in manifest["unit_tests"].values()}
    renames_only = {"stg_silver_commits"}
    assert {node["name"] for node in models.values()} - tested == renames_only


def test_few_leaves_hang_on_one_model(manifest: Node, models: dict[str, Node]) -> None:
    for key, node in models.items():
        leaves = [c for c in children(manifest, models, key) if not children(manifest, models, c)]
        assert len(leaves) <= MOST_LEAVES, (node["name"], leaves)


def test_no_model_exists_only_to_be_joined_to_its_parent_again(manifest: Node, models: dict[str, Node]) -> None:
    for key in models:
        own = children(manifest, models, key)
        again = [(models[b]["name"], only) for b in own for only in [children(manifest, models, b)]
                 if len(only) == 1 and only[0] in own]  # fmt: skip
        assert again == [], key


def test_models_join_little(models: dict[str, Node]) -> None:
    for node in models.values():
        assert node["raw_code"].lower().count(" join ") < MOST_JOINS, node["name"]


def test_chains_of_views_are_short(models: dict[str, Node]) -> None:
    def views(key: str) -> int:
        node = models[key]
        above = max((views(parent) for parent in parents(node, "model")), default=0)
        return above + 1 if node["config"]["materialized"] == "view" else 0

    assert max(views(key) for key in models) <= MOST_VIEWS_IN_A_CHAIN


def test_exposures_name_what_the_api_the_dashboard_and_analysts_read(manifest: Node, models: dict[str, Node]) -> None:
    exposures = {node["name"]: node for node in manifest["exposures"].values()}
    insights = {key for key, node in models.items() if node["name"].startswith("insight_")}
    assert set(exposures["insights_api"]["depends_on"]["nodes"]) == insights
    assert set(exposures["insights_dashboard"]["depends_on"]["nodes"]) == insights
    for node in exposures.values():
        for key in node["depends_on"]["nodes"]:
            # A view is no more to read than a table where it lies straight on one.
            view = models[key]["config"]["materialized"] == "view"
            read = models[key]["depends_on"]["nodes"] if view else [key]
            kinds = [models[each]["config"]["materialized"] for each in read]
            assert kinds in (["table"], ["incremental"]), (node["name"], key)


def test_readers_never_find_a_relation_half_made(models: dict[str, Node]) -> None:
    """Merged in one commit, or switched to by `ha`, or a view of such."""
    for node in models.values():
        config = node["config"]
        switched = config["materialized"] == "table" and config["ha"] and config.get("table_type", "hive") == "hive"
        merged = (config["materialized"], config.get("incremental_strategy")) == ("incremental", "merge")
        merged = merged and config["table_type"] == "iceberg" and bool(config["unique_key"])
        assert switched or merged or config["materialized"] == "view", node["name"]


def test_docs_tell_the_columns_of_every_relation(built: GoldLake, models: dict[str, Node]) -> None:
    catalog = json.loads((built.target() / "catalog.json").read_text())["nodes"]
    for key, node in models.items():
        assert list(catalog[key]["columns"]) == list(node["columns"]), node["name"]
