"""`dbt run-operation maintain` tidies the merged tables up and changes no row."""

from tests.gold.histories import END
from tests.gold.lake import GoldLake
from tests.infra.endpoint import BUCKET

MONTHLY = ("int_events", "int_status_intervals")
MERGED = ("int_events", "int_status_intervals", "int_tasks", "int_user_days", "int_user_months")


def test_maintenance_leaves_the_rows_and_one_snapshot(built: GoldLake) -> None:
    relations = {name: columns for name, columns in built.relations().items() if name.endswith(MERGED)}
    before = {name: built.rows(name, columns) for name, columns in relations.items()}
    assert len(before) == len(MERGED)
    done = built.dbt("run-operation", "maintain", as_of=END)
    assert done.returncode == 0, done.stdout
    assert {name: built.rows(name, columns) for name, columns in relations.items()} == before
    for name in MERGED:
        location = built.endpoint.glue.get_table(DatabaseName=f"staging_{built.name}", Name=name)["Table"]
        prefix = location["StorageDescriptor"]["Location"].removeprefix(f"s3://{BUCKET}/")
        kinds = sorted(key.removeprefix(prefix).split("/")[1] for key in built.endpoint.keys(f"{prefix}/"))
        months = built.rows(f"staging_{built.name}.{name}", ["created_at"]) if name in MONTHLY else []
        files = len({row[0].strftime("%Y-%m") for row in months}) or 1
        assert kinds == [*["data"] * files, "metadata"], name
