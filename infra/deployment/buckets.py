"""CloudFormation deletes only an empty bucket."""

from collections.abc import Iterable

import boto3


def empty(session: boto3.Session, buckets: Iterable[str]) -> None:
    """Deletes every object and every version of one; a bucket that is not there is empty."""
    s3 = session.resource("s3")
    for name in buckets:
        bucket = s3.Bucket(name)
        try:
            bucket.object_versions.delete()
            bucket.objects.delete()
        except s3.meta.client.exceptions.NoSuchBucket:
            continue
