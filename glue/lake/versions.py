"""The index of the versions that silver holds: its shards and their folders."""

import re
from typing import Final

from glue.lake import Lake
from glue.lake.objects import keys
from glue.lake.paths import VERSIONS

# The shard of an event_id. 20 bits of the milliseconds that a UUIDv7 begins with: three days of tasks.
# Users are spread over sixteen shards.
SHARD: Final = r"^(task:.{5}|user:.).*$"


def shard_of(event_id: str) -> str:
    return re.sub(SHARD, r"\1", event_id).replace(":", "-")


def shards(lake: Lake, base: str | None) -> dict[str, str]:
    """The folder (key) of each shard as the passes up to base left it."""
    newest: dict[str, str] = {}
    for key in keys(lake.s3, lake.bucket, VERSIONS):
        _, _, shard, by, _ = key.split("/")
        if base is not None and by <= base:
            # Keys come in order, so the last is the newest.
            newest[shard.removeprefix("shard=")] = f"{VERSIONS}{shard}/{by}/"
    return newest
