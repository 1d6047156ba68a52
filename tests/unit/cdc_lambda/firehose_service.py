"""Firehose behind the real client: keeps its documented limits, and refuses what a test tells it to."""

import base64
import json
from collections.abc import Callable
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from mypy_boto3_firehose import FirehoseClient

MIB = 1024 * 1024
Refuse = Callable[[int, int, bytes], str | None]


def accept_all(_call: int, _position: int, _data: bytes) -> str | None:
    return None


class FirehoseService:
    """refuse(call, position, data): the error code of a record, or None to take it. Raises what it likes."""

    def __init__(self, refuse: Refuse = accept_all) -> None:
        self.calls: list[list[bytes]] = []
        self.accepted: list[bytes] = []
        self._refuse = refuse
        self.client: FirehoseClient = boto3.client(
            "firehose", region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
        )
        events: Any = self.client.meta.events
        events.register("before-call.firehose.PutRecordBatch", self._answer)

    @property
    def lines(self) -> list[bytes]:
        return [line for record in self.accepted for line in record.splitlines(keepends=True)]

    def _answer(self, params: dict[str, Any], **_: Any) -> tuple[AWSResponse, dict[str, Any]]:
        records = [base64.b64decode(record["Data"]) for record in json.loads(params["body"])["Records"]]
        assert 1 <= len(records) <= 500
        assert max(map(len, records)) <= 1000 * 1024
        assert len(params["body"]) <= 4 * MIB
        self.calls.append(records)
        codes = [self._refuse(len(self.calls), position, data) for position, data in enumerate(records)]
        self.accepted += [data for data, code in zip(records, codes, strict=True) if code is None]
        results = [{"ErrorCode": code, "ErrorMessage": "no"} if code else {"RecordId": "1"} for code in codes]
        response = AWSResponse("http://firehose", 200, HTTPHeaders(), None)
        return response, {"FailedPutCount": len(codes) - codes.count(None), "RequestResponses": results}
