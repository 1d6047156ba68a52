"""Silver's partitions in the Glue catalog: which folder each date is read from."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

from botocore.exceptions import ClientError

from glue.lake import Lake

EVENTS: Final = "change_events"
PARTITIONS_A_CALL: Final = 100


class CatalogError(Exception):
    """The Glue catalog refused some partitions; its text names them. The commit can be repeated."""


def partitions(lake: Lake, base: str | None) -> tuple[dict[str, str], dict[str, str | None]]:
    """The folder (URI) of each date as the passes up to base left it.

    Second, the dates that a later pass without a manifest switched, each with its folder before, if there was one.
    """
    existing: dict[str, str] = {}
    unfinished: dict[str, str | None] = {}
    for page in lake.glue.get_paginator("get_partitions").paginate(
        DatabaseName=lake.database, TableName=EVENTS, ExcludeColumnSchema=True
    ):
        for partition in page["Partitions"]:
            dt = partition["Values"][0]
            location: str | None = partition["StorageDescriptor"]["Location"]
            if location is None or not _is_committed(location, base):
                unfinished[dt] = location = partition.get("Parameters", {}).get("previous_location")
            if location:
                existing[dt] = location
    return existing, unfinished


def restore(lake: Lake, before: dict[str, str | None]) -> None:
    """Undoes a pass that never committed: points dates to their previous folder (URI), and drops those without one."""
    switch(lake, {dt: folder for dt, folder in before.items() if folder}, {})
    for dt in [dt for dt, folder in before.items() if not folder]:
        try:
            lake.glue.delete_partition(**_table(lake, EVENTS), PartitionValues=[dt])
        except lake.glue.exceptions.EntityNotFoundException:
            continue


def switch(lake: Lake, folders: dict[str, str], previous: dict[str, str]) -> None:
    """Points each date at its new folder (URI), which readers of that date see at once. previous: where it was."""
    if not folders:
        return
    storage = storage_of(lake, EVENTS)
    inputs: dict[str, Any] = {
        dt: {
            "Values": [dt],
            "StorageDescriptor": {**storage, "Location": folder},
            "Parameters": {"previous_location": previous[dt]} if dt in previous else {},
        }
        for dt, folder in folders.items()
    }
    table = _table(lake, EVENTS)
    known = _known_dates(lake, folders)
    for some in _batches(dt for dt in folders if dt not in known):
        created = lake.glue.batch_create_partition(**table, PartitionInputList=[inputs[dt] for dt in some])
        _raise_errors(created.get("Errors"))
    for some in _batches(dt for dt in folders if dt in known):
        entries: Any = [{"PartitionValueList": [dt], "PartitionInput": inputs[dt]} for dt in some]
        _raise_errors(lake.glue.batch_update_partition(**table, Entries=entries).get("Errors"))


def ensure_day(lake: Lake, name: str, dt: str, folder: str) -> None:
    """Adds the partition of a day, whose folder (URI) holds the files of all passes of that day."""
    storage: Any = {**storage_of(lake, name), "Location": folder}
    try:
        lake.glue.create_partition(**_table(lake, name), PartitionInput={"Values": [dt], "StorageDescriptor": storage})
    except ClientError as error:
        if error.response["Error"]["Code"] != "AlreadyExistsException":
            raise


def storage_of(lake: Lake, name: str) -> Any:
    """How a table's files are read, which its partitions inherit."""
    return lake.glue.get_table(DatabaseName=lake.database, Name=name)["Table"]["StorageDescriptor"]


def _table(lake: Lake, name: str) -> Any:
    return {"DatabaseName": lake.database, "TableName": name}


def _known_dates(lake: Lake, dates: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for some in _batches(dates):
        wanted: Any = [{"Values": [dt]} for dt in some]
        response = lake.glue.batch_get_partition(**_table(lake, EVENTS), PartitionsToGet=wanted)
        found.update(part["Values"][0] for part in response["Partitions"])
    return found


def _is_committed(location: str, base: str | None) -> bool:
    by = location.rstrip("/").rpartition("/")[2]
    return base is not None and by <= base


def _batches(values: Iterable[str]) -> Iterator[list[str]]:
    remaining = iter(values)
    while some := list(islice(remaining, PARTITIONS_A_CALL)):
        yield some


def _raise_errors(errors: Any) -> None:
    if errors:
        raise CatalogError(json.dumps(errors, default=str))
