"""The model of DynamoDB answers as moto's does: to the very requests that the product sends in a seed."""

import base64
import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from tests.faults.aws.dynamodb import Table
from tests.faults.aws.errors import ServiceError
from tests.faults.plan import Step, plan
from tests.faults.runtime import installed
from tests.faults.simulation import run
from tests.support.table import make_table

METHODS = {
    "PutItem": "put_item", "UpdateItem": "update_item", "GetItem": "get_item",
    "BatchGetItem": "batch_get_item", "BatchWriteItem": "batch_write_item", "Query": "query",
    "TransactWriteItems": "transact_write_items",
}  # fmt: skip
COMPARED = ("Item", "Items", "Attributes", "Count", "ScannedCount", "LastEvaluatedKey", "Responses", "UnprocessedItems")


def asked(seed: int, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """The requests to the table in a seed's run, in the order in which they happened."""
    requests: list[tuple[str, Any]] = []
    handle = Table.handle

    def noting(self: Table, operation: str, request: Any, **others: Any) -> Any:
        requests.append((operation, json.loads(json.dumps(request))))
        return handle(self, operation, request, **others)

    monkeypatch.setattr(Table, "handle", noting)
    with installed():
        run(seed, [step for step in plan(seed) if _is_by_the_api(step)])
    monkeypatch.setattr(Table, "handle", handle)
    # moto does not know a transaction again by its token, as DynamoDB does.
    tokens = [request.get("ClientRequestToken") for _, request in requests]
    return [one for place, one in enumerate(requests) if not tokens[place] or tokens[place] not in tokens[:place]]


def _is_by_the_api(step: Step) -> bool:
    return step.kind in ("api", "race", "erase", "publish", "wait")


def answer_of_moto(client: Any, operation: str, request: Any) -> Any:
    try:
        return getattr(client, METHODS[operation])(**request)
    except ClientError as error:
        return {"error": error.response["Error"]["Code"], **error.response}


def answer_of_the_model(table: Table, operation: str, request: Any) -> Any:
    try:
        return table.handle(operation, request)
    except ServiceError as error:
        return {"error": error.code, **error.extra}


def comparable(answer: Any) -> Any:
    """What both tell, in one spelling: sets in order, binaries as they are sent."""
    told = {name: answer[name] for name in COMPARED if name in answer}
    told["Attributes"] = answer.get("Attributes") or {}
    reasons = answer.get("CancellationReasons", [])
    told["reasons"] = [(reason["Code"], reason.get("Item")) for reason in reasons]
    return json.loads(json.dumps({"error": answer.get("error"), **told}, default=_plain, sort_keys=True))


def _plain(value: Any) -> Any:
    return base64.b64encode(bytes(value)).decode()


@pytest.mark.parametrize("seed", [5, 17])
def test_model_answers_as_moto(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    requests = asked(seed, monkeypatch)
    assert {operation for operation, _ in requests} == METHODS.keys()
    table = Table(lambda: 0.0)
    with mock_aws():
        make_table()
        client = boto3.client("dynamodb", region_name="us-east-1")
        for operation, request in requests:
            expected = answer_of_moto(client, operation, _with_binaries(request))
            found = answer_of_the_model(table, operation, request)
            for answer in (expected, found):
                if "LastEvaluatedKey" in answer and _is_the_end(table, request, answer["LastEvaluatedKey"]):
                    # Where a page's limit is met by the last item of all, DynamoDB may or may not say so.
                    del answer["LastEvaluatedKey"]
            assert comparable(found) == comparable(expected), (operation, request)


def _is_the_end(table: Table, request: Any, key: Any) -> bool:
    return bool(table.handle("Query", {**request, "ExclusiveStartKey": key})["ScannedCount"] == 0)


def _with_binaries(value: Any) -> Any:
    """boto3 takes bytes where the wire has base64."""
    if isinstance(value, dict):
        return {
            name: base64.b64decode(inner) if name == "B" and isinstance(inner, str) else _with_binaries(inner)
            for name, inner in value.items()
        }
    return [_with_binaries(inner) for inner in value] if isinstance(value, list) else value
