"""Listing and reading the objects of a bucket."""

import gzip
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from glue.lake import Lake
from glue.lake.paths import key_of

# https://repost.aws/knowledge-center/emr-s3-empty-files
FOLDER_MARKER = "_$folder$"

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def entries(s3: "S3Client", bucket: str, prefix: str, after: str = "") -> Iterator[Any]:
    """S3's own entries under a prefix, in the order of their keys; only those after a key, if given.

    Without the empty objects by which EMRFS, which Spark on Glue 5.0 writes with, marks folders.
    """
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, StartAfter=after or prefix)
    found = (entry for page in pages for entry in page.get("Contents", []))
    return (entry for entry in found if not entry["Key"].endswith(FOLDER_MARKER))


def keys(s3: "S3Client", bucket: str, prefix: str, after: str = "") -> list[str]:
    """The keys under a prefix, in order; only those after a key, if given."""
    return [entry["Key"] for entry in entries(s3, bucket, prefix, after)]


def read(s3: "S3Client", bucket: str, key: str) -> bytes:
    return s3.get_object(Bucket=bucket, Key=key)["Body"].read()


def read_folder(lake: Lake, uri: str) -> bytes:
    """The content of a folder's files, one after the other."""
    return b"".join(read(lake.s3, lake.bucket, key) for key in keys(lake.s3, lake.bucket, f"{key_of(uri)}/"))


def plain(key: str, body: bytes) -> bytes:
    """An object's text, whether Firehose compressed it or not."""
    return gzip.decompress(body) if key.endswith(".gz") else body
