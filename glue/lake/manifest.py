"""The manifest of a committed pass, which later passes are planned on."""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from glue.lake.objects import keys, read
from glue.lake.paths import BRONZE, MANIFESTS, date_of

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# Firehose retries for a day to deliver under the hour of arrival; twice that, and a day for the clocks.
LOOKBACK: Final = timedelta(days=3)


@dataclass(frozen=True)
class Manifest:
    """A committed pass. window: objects of earlier passes that the next one may list again.

    gaps: the gaps in each shard of the versions (an event_id's first characters).
    """

    pass_id: str
    objects: list[str]
    window: list[str]
    dates: list[str]
    superseded: list[str]
    counts: dict[str, int]
    gaps: dict[str, Any] = field(default_factory=dict)


def newest_manifest(s3: "S3Client", bucket: str) -> Manifest | None:
    """The last committed pass, or None before the first."""
    days = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=MANIFESTS, Delimiter="/")
    prefixes = [entry["Prefix"] for page in days for entry in page.get("CommonPrefixes", [])]
    if not prefixes:
        return None
    key = max(keys(s3, bucket, max(prefixes)))
    return Manifest(**json.loads(read(s3, bucket, key)))


def manifest_key(pass_id: str) -> str:
    return f"{MANIFESTS}dt={date_of(pass_id)}/{pass_id}.json"


def window(newest: Manifest | None, pass_id: str) -> list[str]:
    """The objects read so far that a pass after this one may list again.

    Those that the look-back lists, and all objects of the previous pass, because they may be younger than the
    difference between the clocks.
    """
    start = window_start(pass_id)
    return [*(key for key in newest.window if key >= start), *newest.objects] if newest else []


def window_start(pass_id: str) -> str:
    """The first key of bronze that the look-back of a pass lists."""
    return f"{BRONZE}dt={date_of(pass_id) - LOOKBACK}/"
