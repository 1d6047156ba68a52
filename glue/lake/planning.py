"""What a pass starts from: bronze's new objects, silver's folders, and the users to clear."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from glue.lake import Lake, catalog, erasures
from glue.lake.erasures import Erasures
from glue.lake.manifest import Manifest, newest_manifest, window_start
from glue.lake.objects import entries, keys
from glue.lake.paths import BRONZE, moment_of
from glue.lake.versions import shards

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CLOCK_SKEW: Final = timedelta(seconds=5)


@dataclass(frozen=True)
class Plan:
    """What a pass starts from. base: the newest committed pass. existing: the folder (URI) of each date.

    versions: the folder (URI) of each shard of the versions. unfinished: the dates that a killed pass switched,
    and their previous folders. late: how many of the objects arrived under an hour before the look-back.
    """

    base: str | None
    objects: list[str]
    existing: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    unfinished: dict[str, str | None] = field(default_factory=dict)
    erasures: Erasures = field(default_factory=Erasures)
    late: int = 0

    @property
    def nothing_to_do(self) -> bool:
        return not self.objects and not self.erasures.new


def plan(lake: Lake, erased_users: Sequence[str] = ()) -> Plan:
    """Plans the next pass. erased_users: the user_keys whose erasure is listed.

    Queries the catalog only if there is something to do.
    """
    newest = newest_manifest(lake.s3, lake.bucket)
    base = newest.pass_id if newest else None
    unread = _unread(lake.s3, lake.bucket, newest)
    erased = erasures.pending(lake, erased_users)
    if not unread and not erased.new:
        return Plan(base, [], erasures=erased)
    existing, unfinished = catalog.partitions(lake, base)
    start = window_start(base) if base else ""
    return Plan(
        base,
        unread,
        existing,
        {shard: f"s3://{lake.bucket}/{folder}" for shard, folder in shards(lake, base).items()},
        unfinished,
        erased,
        late=sum(key < start for key in unread),
    )


def new_objects(s3: "S3Client", bucket: str) -> list[str]:
    """Keys of the bronze objects that no pass has read, in order of arrival hour."""
    return _unread(s3, bucket, newest_manifest(s3, bucket))


def _unread(s3: "S3Client", bucket: str, newest: Manifest | None) -> list[str]:
    """Skips objects under hours before the newest pass's look-back, unless written since that pass began."""
    if newest is None:
        return keys(s3, bucket, BRONZE)
    done = {*newest.objects, *newest.window}
    start, since = window_start(newest.pass_id), moment_of(newest.pass_id) - CLOCK_SKEW
    listed = entries(s3, bucket, BRONZE)
    return [e["Key"] for e in listed if e["Key"] not in done and (e["Key"] >= start or e["LastModified"] >= since)]
