"""What DynamoDB bills for what a request did, from the sizes of the items it touched.

Sizes: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
Units: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
Indexes: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html
(a key that moves is a delete and a put)
"""

import math
from collections.abc import Mapping
from typing import Any

from boto3.dynamodb.types import Binary

Item = Mapping[str, Any]
Table = dict[tuple[str, str], Item]
INDEX_KEYS = ("updated_at", "due_date")


def contents(table: Any) -> Table:
    """All items of the table, by key."""
    found: list[Item] = table.scan()["Items"]
    return {(str(item["PK"]), str(item["SK"])): item for item in found}


def size(item: Item) -> int:
    """Bytes of names and values."""
    return sum(len(name.encode()) + _bytes_of(value) for name, value in item.items())


def write_units(before: Table, after: Table, *, transaction: bool = False) -> int:
    """Units of the writes that led from one content to the other; a transaction doubles the table's own."""
    units = 0
    for key in before.keys() | after.keys():
        old, new = before.get(key), after.get(key)
        if old == new:
            continue
        units += _kilobytes(max(size(item) for item in (old, new) if item)) * (2 if transaction else 1)
        units += sum(_index_units(index, old, new) for index in INDEX_KEYS)
    return units


def read_units(items: list[Item], *, strong: bool) -> float:
    """Units of one read of all of these items together."""
    blocks = max(1, math.ceil(sum(map(size, items)) / 4096))
    return blocks if strong else blocks / 2


def _index_units(index: str, old: Item | None, new: Item | None) -> int:
    was, now = (old or {}).get(index), (new or {}).get(index)
    if was == now:
        return _kilobytes(size(new)) if new and now else 0
    return sum(_kilobytes(size(item)) for item in (old, new) if item and index in item)


def _kilobytes(bytes_: int) -> int:
    return math.ceil(bytes_ / 1024)


def _bytes_of(value: Any) -> int:
    match value:
        case str():
            return len(value.encode())
        case Binary():
            raw: Any = value
            return len(raw.value)
        case set():
            return sum(map(_bytes_of, value)) + 3
        case _:
            # A number: a byte for two significant digits, and one.
            return math.ceil(len(str(value).strip("-0.")) / 2) + 1
