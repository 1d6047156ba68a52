"""An export of the table as DynamoDB lays it out in a bucket."""

import base64
import gzip
import hashlib
import json
from typing import Any

from mypy_boto3_s3 import S3Client

from tests.support.lakes import BUCKET
from tests.support.records import Image

NAME = "01345678901234-abc12345"


def put_export(s3: S3Client, *files: list[Image], bucket: str = BUCKET, **summary: Any) -> str:
    """Writes data files with these items and both manifests; answers with the export's folder."""
    prefix = f"exports/AWSDynamoDB/{NAME}"
    listed = []
    for number, items in enumerate(files):
        body = gzip.compress(b"".join(_line(item) for item in items))
        key = f"{prefix}/data/sgosr{number}.json.gz"
        s3.put_object(Bucket=bucket, Key=key, Body=body)
        digest = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
        listed.append({"itemCount": len(items), "md5Checksum": digest, "etag": "x-1", "dataFileS3Key": key})
    manifest = {
        "version": "2020-06-30",
        "exportArn": f"arn:aws:dynamodb:us-east-1:123456789012:table/todo-app-data/export/{NAME}",
        "exportTime": "2026-01-05T09:00:00.000Z",
        "s3Bucket": bucket,
        "s3Prefix": "exports",
        "manifestFilesS3Key": f"AWSDynamoDB/{NAME}/manifest-files.json",
        "itemCount": sum(map(len, files)),
        "outputFormat": "DYNAMODB_JSON",
        "exportType": "FULL_EXPORT",
        **summary,
    }
    s3.put_object(Bucket=bucket, Key=f"{prefix}/manifest-summary.json", Body=json.dumps(manifest).encode())
    lines = "".join(f"{json.dumps(one)}\n" for one in listed).encode()
    s3.put_object(Bucket=bucket, Key=f"{prefix}/manifest-files.json", Body=lines)
    return f"s3://{bucket}/{prefix}/"


def _line(item: Image) -> bytes:
    """Binary values are base64, as in every JSON of DynamoDB."""
    text = json.dumps({"Item": item}, default=lambda value: base64.b64encode(value).decode())
    return f"{text}\n".encode()
