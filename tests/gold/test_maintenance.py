"""`dbt run-operation maintain` tidies the merged tables up and changes no row."""

from tests.support.endpoint import BUCKET
from tests.support.gold_lake import GoldLake
from tests.support.histories import END

# What is merged, and the column and the part of it that it lies by.
MERGED = {
    "int_events": ("created_at", "%Y-%m"),
    "int_status_intervals": ("created_at", "%Y-%m"),
    "int_tasks": ("created_at", "%Y"),
    "int_user_days": ("day", "%Y"),
    "int_user_months": ("created_month", "%Y"),
}


def test_maintenance_leaves_the_rows_and_one_snapshot(built: GoldLake) -> None:
    relations = {name: columns for name, columns in built.relations().items() if name.endswith(tuple(MERGED))}
    before = {name: built.rows(name, columns) for name, columns in relations.items()}
    assert len(before) == len(MERGED)
    done = built.dbt("run-operation", "maintain", as_of=END)
    assert done.returncode == 0, done.stdout
    assert {name: built.rows(name, columns) for name, columns in relations.items()} == before
    for name, (column, part) in MERGED.items():
        location = built.endpoint.glue.get_table(DatabaseName=f"staging_{built.name}", Name=name)["Table"]
        prefix = location["StorageDescriptor"]["Location"].removeprefix(f"s3://{BUCKET}/")
        kinds = sorted(key.removeprefix(prefix).split("/")[1] for key in built.endpoint.keys(f"{prefix}/"))
        rows = built.rows(f"staging_{built.name}.{name}", [column])
        partitions = {row[0].strftime(part) for row in rows}
        assert kinds == [*["data"] * len(partitions), "metadata"], name
