"""The Glue API in front of the emulator's: what it adds."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.endpoint import BUCKET, DATABASE, Endpoint


@pytest.fixture(scope="module")
def days(endpoint: Endpoint) -> str:
    """A table with partitions by day and number."""
    endpoint.create_table("days", {"a": "int"}, "days", keys={"dt": "date", "n": "int"})
    for day, n in (("2026-01-01", 2), ("2026-01-02", 10), ("2026-01-03", 9)):
        endpoint.add_partition("days", [day, str(n)], f"days/{day}")
    return "days"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("dt = '2026-01-02'", ["2026-01-02"]),
        ("dt >= '2026-01-02'", ["2026-01-02", "2026-01-03"]),
        ("n > 9", ["2026-01-02"]),
        ("(dt='2026-01-01' and n=2) or (dt='2026-01-03' and n=9)", ["2026-01-01", "2026-01-03"]),
        ("dt = '2030-01-01'", []),
    ],
)
def test_partitions_are_filtered_by_typed_expression(
    endpoint: Endpoint, days: str, expression: str, expected: list[str]
) -> None:
    response = endpoint.glue.get_partitions(DatabaseName=DATABASE, TableName=days, Expression=expression)
    assert [partition["Values"][0] for partition in response["Partitions"]] == expected


def test_senseless_expression_is_refused(endpoint: Endpoint, days: str) -> None:
    with pytest.raises(ClientError, match="InvalidInputException"):
        endpoint.glue.get_partitions(DatabaseName=DATABASE, TableName=days, Expression="nocolumn = 1")


def test_partitions_are_deleted_and_missing_ones_reported(endpoint: Endpoint) -> None:
    endpoint.create_table("cleared", {"a": "int"}, "cleared", keys={"p": "string"})
    for value in ("x", "y"):
        endpoint.add_partition("cleared", [value], f"cleared/{value}")
    response = endpoint.glue.batch_delete_partition(
        DatabaseName=DATABASE, TableName="cleared", PartitionsToDelete=[{"Values": ["x"]}, {"Values": ["z"]}]
    )
    assert [error["PartitionValues"] for error in response["Errors"]] == [["z"]]
    left = endpoint.glue.get_partitions(DatabaseName=DATABASE, TableName="cleared")["Partitions"]
    assert [partition["Values"] for partition in left] == [["y"]]


def test_update_of_a_missing_partition_is_refused(endpoint: Endpoint, days: str) -> None:
    with pytest.raises(ClientError, match="EntityNotFoundException"):
        endpoint.glue.update_partition(
            DatabaseName=DATABASE, TableName=days, PartitionValueList=["2030-01-01", "1"],
            PartitionInput={"Values": ["2030-01-01", "1"]},
        )  # fmt: skip


def table_input(location: str) -> Any:
    descriptor = {"Columns": [{"Name": "a", "Type": "int"}], "Location": f"s3://{BUCKET}/{location}"}
    return {"Name": "versioned", "TableType": "EXTERNAL_TABLE", "StorageDescriptor": descriptor}


def test_table_versions_are_kept_newest_first_and_deleted(endpoint: Endpoint) -> None:
    endpoint.glue.create_table(DatabaseName=DATABASE, TableInput=table_input("v1"))
    endpoint.glue.update_table(DatabaseName=DATABASE, TableInput=table_input("v2"))
    endpoint.glue.update_table(DatabaseName=DATABASE, TableInput=table_input("v3"), SkipArchive=True)

    def versions() -> list[tuple[str, str]]:
        response = endpoint.glue.get_table_versions(DatabaseName=DATABASE, TableName="versioned")["TableVersions"]
        return [(v["VersionId"], v["Table"]["StorageDescriptor"]["Location"][-2:]) for v in response]

    assert versions() == [("3", "v3"), ("1", "v1")]
    with pytest.raises(ClientError, match="Cannot delete the latest version"):
        endpoint.glue.delete_table_version(DatabaseName=DATABASE, TableName="versioned", VersionId="3")
    endpoint.glue.delete_table_version(DatabaseName=DATABASE, TableName="versioned", VersionId="1")
    assert versions() == [("3", "v3")]


def test_table_as_returned_can_be_written_back(endpoint: Endpoint) -> None:
    endpoint.create_table("plain", {"a": "int"}, "plain")
    table: Any = endpoint.glue.get_table(DatabaseName=DATABASE, Name="plain")["Table"]
    kept: Any = {
        k: v for k, v in table.items() if k in ("Name", "Owner", "Description", "TableType", "StorageDescriptor")
    }
    endpoint.glue.update_table(DatabaseName=DATABASE, TableInput=kept | {"Description": "written back"})
    assert endpoint.glue.get_table(DatabaseName=DATABASE, Name="plain")["Table"]["Description"] == "written back"


def test_tables_of_an_unknown_database_are_refused(endpoint: Endpoint) -> None:
    with pytest.raises(ClientError, match="EntityNotFoundException"):
        endpoint.glue.get_tables(DatabaseName="nobase")
