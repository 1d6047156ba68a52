"""Exports too large for one response: files in the lake's bucket, readable through a link for 15 minutes."""

import secrets
from functools import cache
from typing import TYPE_CHECKING, Final

import boto3
from botocore.config import Config
from django.conf import settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PREFIX: Final = "exports/"
READABLE_SECONDS: Final = 15 * 60
DISPOSITION: Final = 'attachment; filename="todo-export.json"'


def link(user_key: str, body: bytes) -> str:
    """Stores the export and returns a presigned URL, which works without further credentials."""
    key = f"{_folder(user_key)}{secrets.token_urlsafe(16)}.json"
    _s3().put_object(Bucket=settings.LAKE_BUCKET, Key=key, Body=body, ContentType="application/json")
    place = {
        "Bucket": settings.LAKE_BUCKET,
        "Key": key,
        "ResponseContentDisposition": DISPOSITION,
    }
    return _s3().generate_presigned_url("get_object", Params=place, ExpiresIn=READABLE_SECONDS)


def delete_all(user_key: str) -> None:
    """Deletes the user's exports; the bucket's lifecycle rule does the same after a day."""
    pages = _s3().get_paginator("list_objects_v2").paginate(Bucket=settings.LAKE_BUCKET, Prefix=_folder(user_key))
    for page in pages:
        objects = [{"Key": found["Key"]} for found in page.get("Contents", [])]
        if objects:
            _s3().delete_objects(Bucket=settings.LAKE_BUCKET, Delete={"Objects": objects})  # type: ignore[typeddict-item]


def _folder(user_key: str) -> str:
    return f"{PREFIX}{user_key}/"


@cache
def _s3() -> "S3Client":
    config = Config(signature_version="s3v4", connect_timeout=2, read_timeout=10)
    return boto3.client("s3", region_name=settings.REGION, config=config)
