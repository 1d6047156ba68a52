"""The caller's tasks on the same table. Verifies the same token, validates the same body, makes one call per request.

Not included: filters, idempotency keys, preconditions, problem documents, logs, pages, insights.
"""

import os
import secrets
import time
from datetime import UTC, date, datetime
from functools import cache
from typing import Annotated, Any, Literal

import boto3
import jwt
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.config import Config
from botocore.exceptions import ClientError
from fastapi import Depends, FastAPI, Header, HTTPException, Response
from mangum import Mangum
from pydantic import BaseModel, ConfigDict, Field

TABLE = os.environ["TABLE_NAME"]
POOL = os.environ["USER_POOL_ID"]
ISSUER = f"https://cognito-idp.{os.environ['REGION']}.amazonaws.com/{POOL}"
KEYS = os.environ["AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"]
CLAIMS = ["exp", "iat", "iss", "sub", "token_use"]
PAGE = 100

app = FastAPI(openapi_url=None)
handler = Mangum(app, lifespan="off")
to_dynamodb, from_dynamodb = TypeSerializer().serialize, TypeDeserializer().deserialize


class Change(BaseModel):
    """The body of a request."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    description: Annotated[str, Field(max_length=2000)] | None = None
    status: Literal["pending", "in_progress", "completed", "cancelled"] = "pending"
    priority: Literal["low", "medium", "high", "urgent"] = "medium"
    category: Annotated[str, Field(max_length=100)] | None = None
    due_date: date | None = None


class NewTask(Change):
    title: Annotated[str, Field(min_length=1, max_length=200)]


class Task(Change):
    """The body of a response."""

    model_config = ConfigDict(extra="ignore")

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None = None
    completed_at: datetime | None = None


@cache
def dynamodb() -> Any:
    return boto3.client(
        "dynamodb",
        region_name=os.environ["REGION"],
        config=Config(connect_timeout=2, read_timeout=5, max_pool_connections=20),
    )


@cache
def key_set() -> jwt.PyJWKClient:
    return jwt.PyJWKClient(f"{KEYS}/{POOL}/.well-known/jwks.json", cache_keys=True)


def caller(authorization: Annotated[str, Header()]) -> str:
    scheme, _, token = authorization.partition(" ")
    try:
        key = key_set().get_signing_key_from_jwt(token).key
        options: Any = {"require": CLAIMS, "verify_aud": False}
        claims = jwt.decode(token, key, algorithms=["RS256"], issuer=ISSUER, options=options)
    except jwt.PyJWTError as error:
        raise HTTPException(401) from error
    client = claims.get("aud" if claims["token_use"] == "id" else "client_id")  # noqa: S105 -- a kind of token
    if scheme.lower() != "bearer" or client != os.environ["CLIENT_ID"]:
        raise HTTPException(401)
    return str(claims["sub"])


Caller = Annotated[str, Depends(caller)]


@app.post("/api/v1/tasks", status_code=201)
def create(body: NewTask, sub: Caller) -> Task:
    task_id, moment = _new_id(), _now()
    fields = body.model_dump(mode="json", exclude_none=True)
    item = {**fields, "id": task_id, "version": 1, "created_at": moment, "updated_at": moment, "entity": "task"}
    stored = {name: to_dynamodb(value) for name, value in item.items()}
    dynamodb().put_item(
        TableName=TABLE, Item={**stored, **_key(sub, task_id)}, ConditionExpression="attribute_not_exists(PK)"
    )
    return Task.model_validate(item)


@app.get("/api/v1/tasks")
def read_many(sub: Caller) -> list[Task]:
    values = {":pk": {"S": f"USER#{sub}"}, ":sk": {"S": "TASK#"}}
    found = dynamodb().query(
        TableName=TABLE, KeyConditionExpression="PK = :pk AND begins_with(SK, :sk)", ScanIndexForward=False,
        ExpressionAttributeValues=values, Limit=PAGE,
    )  # fmt: skip
    return [_task(item) for item in found["Items"]]


@app.get("/api/v1/tasks/{task_id}")
def read(task_id: str, sub: Caller) -> Task:
    found = dynamodb().get_item(TableName=TABLE, Key=_key(sub, task_id), ConsistentRead=True)
    if "Item" not in found:
        raise HTTPException(404)
    return _task(found["Item"])


@app.put("/api/v1/tasks/{task_id}")
def update(task_id: str, body: Change, sub: Caller) -> Task:
    values = body.model_dump(mode="json", exclude_unset=True) | {"updated_at": _now()}
    sets = ", ".join(f"#{name} = :{name}" for name in values)
    try:
        response = dynamodb().update_item(
            TableName=TABLE, Key=_key(sub, task_id), ReturnValues="ALL_NEW",
            UpdateExpression=f"SET {sets} ADD version :one", ConditionExpression="attribute_exists(PK)",
            ExpressionAttributeNames={f"#{name}": name for name in values},
            ExpressionAttributeValues={":one": {"N": "1"}, **{f":{n}": to_dynamodb(v) for n, v in values.items()}},
        )  # fmt: skip
    except ClientError as error:
        raise HTTPException(404) from error
    return _task(response["Attributes"])


@app.delete("/api/v1/tasks/{task_id}", status_code=204)
def delete(task_id: str, sub: Caller) -> Response:
    dynamodb().delete_item(TableName=TABLE, Key=_key(sub, task_id))
    return Response(status_code=204)


def _task(item: dict[str, Any]) -> Task:
    values = {name: from_dynamodb(value) for name, value in item.items()}
    return Task.model_validate({"id": values["SK"].removeprefix("TASK#"), **values})


def _key(sub: str, task_id: str) -> dict[str, Any]:
    return {"PK": {"S": f"USER#{sub}"}, "SK": {"S": f"TASK#{task_id}"}}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _new_id() -> str:
    clock, noise = f"{time.time_ns() // 1_000_000:012x}", secrets.token_hex(9)
    return f"{clock[:8]}-{clock[8:]}-7{noise[:3]}-8{noise[3:6]}-{noise[6:]}"
