"""Exports a table to S3. ministack accepts exports but doesn't write them.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
"""

import base64
import gzip
import hashlib
import json
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

from ministack.services import dynamodb, s3

begin = dynamodb._export_table_to_point_in_time
DATA_FILE: Final = "data/0.json.gz"


def export(request: dict[str, Any]) -> Any:
    """Exports the table's current state to one data file, and completes at once."""
    response = begin(request)
    if response[0] != HTTPStatus.OK:
        return response
    arn = json.loads(response[2])["ExportDescription"]["ExportArn"]
    described = dynamodb._exports[arn]
    if described["ExportStatus"] == "IN_PROGRESS":
        described |= {"ExportStatus": "COMPLETED", "ItemCount": _write(described), "EndTime": described["StartTime"]}
    return response


def _write(described: dict[str, Any]) -> int:
    """Writes the data file and both manifests; returns the number of items."""
    table = dynamodb._tables[described["TableArn"].rpartition("/")[2]]
    items = [item for of_key in table["items"].values() for item in of_key.values()]
    body = gzip.compress(b"".join(json.dumps({"Item": item}).encode() + b"\n" for item in items))
    prefix = f"{described['S3Prefix']}/" if described.get("S3Prefix") else ""
    folder = f"{prefix}AWSDynamoDB/{described['ExportArn'].rpartition('/')[2]}"
    listed = {
        "itemCount": len(items),
        "md5Checksum": base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode(),
        "dataFileS3Key": f"{folder}/{DATA_FILE}",
    }
    summary = {
        "version": "2020-06-30",
        "exportArn": described["ExportArn"],
        "tableArn": described["TableArn"],
        "exportTime": datetime.fromtimestamp(described["StartTime"], UTC).isoformat(),
        "s3Bucket": described["S3Bucket"],
        "s3Prefix": described.get("S3Prefix"),
        "manifestFilesS3Key": f"{folder}/manifest-files.json",
        "itemCount": len(items),
        "outputFormat": described["ExportFormat"],
        "exportType": described["ExportType"],
    }
    for name, content in (
        (DATA_FILE, body),
        ("manifest-files.json", json.dumps(listed).encode() + b"\n"),
        ("manifest-summary.json", json.dumps(summary).encode()),
    ):
        status = s3._put_object(described["S3Bucket"], f"{folder}/{name}", content, {})[0]
        if status != HTTPStatus.OK:
            raise ValueError(f"The export can't be written to {described['S3Bucket']}: {status}.")
    described["ExportManifest"] = f"{folder}/manifest-summary.json"
    return len(items)


def install() -> None:
    """Replaces ministack's function."""
    dynamodb._export_table_to_point_in_time = export
