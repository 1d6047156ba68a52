"""All that the service holds of a user, as one JSON document."""

import json
import secrets
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config
from django.conf import settings

from tasks import insights, listing
from tasks.models import Insight, User
from tasks.serializers import ProfileSerializer, TaskSerializer

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PREFIX: Final = "exports/"
# Lambda answers with 6 MB at most, and base64 or a proxy may add to it.
MOST_ANSWERED_BYTES: Final = 4 * 1024 * 1024
READABLE_SECONDS: Final = 15 * 60
DISPOSITION: Final = 'attachment; filename="todo-export.json"'


def document(user: User) -> bytes:
    """The user's profile, tasks and published insights."""
    task = TaskSerializer().to_representation
    content: dict[str, Any] = {
        "user": ProfileSerializer().to_representation(user),
        "tasks": [task(each) for each in listing.everything(user.id)],
        "insights": {
            name: json.loads(insights.unpacked(payload))
            for name, payload in Insight.all_of(insights.user_key(user.id)).items()
        },
    }
    return json.dumps(content, ensure_ascii=False).encode()


def link(user: User, body: bytes) -> str:
    """Puts the document where whoever has the link can read it, for 15 minutes."""
    key = f"{_folder(insights.user_key(user.id))}{secrets.token_urlsafe(16)}.json"
    _s3().put_object(Bucket=settings.LAKE_BUCKET, Key=key, Body=body, ContentType="application/json")
    place = {
        "Bucket": settings.LAKE_BUCKET,
        "Key": key,
        "ResponseContentDisposition": DISPOSITION,
    }
    return _s3().generate_presigned_url("get_object", Params=place, ExpiresIn=READABLE_SECONDS)


def delete_all(user_key: str) -> None:
    """Deletes the user's documents; the bucket's own rule does the same after a day."""
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
