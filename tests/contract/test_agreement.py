"""The contract's columns are the same in every place that spells them."""

from pathlib import Path
from typing import Any

import yaml

from cdc_lambda.change_event import ALLOWED
from glue.job.schemas import CATALOG, CONTRACT, PARTITION_KEYS

SOURCES = Path(__file__).resolve().parents[2] / "analytics_dbt" / "models" / "staging" / "_staging__sources.yml"


def test_dbt_sources_have_the_catalogs_columns() -> None:
    (source,) = yaml.safe_load(SOURCES.read_text())["sources"]
    found = {table["name"]: [_column(column) for column in table["columns"]] for table in source["tables"]}
    assert found == {
        name: [(c["Name"], c["Type"]) for c in [*columns, *PARTITION_KEYS]] for name, columns in CATALOG.items()
    }


def test_cdc_lets_through_exactly_the_contracts_image() -> None:
    allowed = {column for columns in ALLOWED.values() for column in columns}
    assert allowed == set(CONTRACT["definitions"]["image"]["properties"])


def _column(column: dict[str, Any]) -> tuple[str, str]:
    return column["name"], column["data_type"]
