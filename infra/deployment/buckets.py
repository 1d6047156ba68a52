"""Empties buckets, because CloudFormation deletes only empty ones."""

from collections.abc import Iterable

import boto3


def empty(session: boto3.Session, buckets: Iterable[str]) -> None:
    """Deletes every object and every version. Skips buckets that don't exist."""
    s3 = session.resource("s3")
    for name in buckets:
        bucket = s3.Bucket(name)
        try:
            bucket.object_versions.delete()
            bucket.objects.delete()
        except s3.meta.client.exceptions.NoSuchBucket:
            continue
