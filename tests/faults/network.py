"""What lies between the product's clients and the models: botocore's own requests in, botocore's own answers out.

The clients sign, send, try again and parse as they do anywhere; only the socket is not there.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any
from xml.sax.saxutils import escape

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ReadTimeoutError

from tests.faults.aws.dynamodb import NOW, Key, Reading, cancelled, written_keys
from tests.faults.aws.errors import ServiceError
from tests.faults.faults import Effect, Killed

TARGETS = {
    "DynamoDB_20120810": "dynamodb",
    "DynamoDBStreams_20120810": "streams",
    "Firehose_20150804": "firehose",
    "AWSGlue": "glue",
    "AWSCognitoIdentityProviderService": "cognito",
    "AmazonSQS": "sqs",
    "secretsmanager": "secrets",
    "GraniteServiceVersion20100801": "metrics",
}
BUSY = ServiceError("ProvisionedThroughputExceededException", "The level of configured throughput was exceeded.")
FAILED = ServiceError("InternalServerError", "Internal server error", status=500)
CONFLICT = ServiceError("TransactionConflictException", "Transaction is ongoing for the item")
# An index follows the table within seconds, and an eventual read is hardly behind.
LAG_SECONDS = 60.0


class _Body:
    """The raw side of an answer, as botocore reads it."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self._content

    def read(self, *_: Any, **__: Any) -> bytes:
        content, self._content = self._content, b""
        return content


class Network:
    """Carries requests to the world's services, with the faults that are armed on whoever sends."""

    def __init__(self, world: Any) -> None:
        self._world = world
        self._held: dict[Key, int] = {}

    def send(self, request: AWSPreparedRequest) -> AWSResponse:
        self._world.scheduler.call()
        target = request.headers.get("X-Amz-Target")
        if target is None:
            return self._s3(request)
        service, _, operation = (target.decode() if isinstance(target, bytes) else target).partition(".")
        service = TARGETS[service]
        content = json.loads(_bytes_of(request))
        handle = getattr(self, f"_{service}")
        try:
            answer = self._with_fault(service, operation, lambda effect: handle(operation, content, effect), request)
        except ServiceError as error:
            return _refusal(request.url, error)
        return _answer(request.url, json.dumps(answer).encode())

    def _with_fault(self, service: str, operation: str, handle: Callable[[Any], Any], request: Any) -> Any:
        actor = self._world.scheduler.current
        effect = actor.armed.take(service, operation) if actor and actor.armed else None
        match effect:
            case Effect.THROTTLE:
                raise BUSY
            case Effect.FAIL:
                raise FAILED
            case Effect.CONFLICT:
                raise self._conflict(operation, json.loads(request.body))
            case Effect.KILL_BEFORE:
                raise Killed
        answer = handle(effect)
        self._world.scheduler.pause()
        if effect == Effect.LOSE_ANSWER:
            if service == "firehose":
                raise FAILED
            raise ReadTimeoutError(endpoint_url=request.url)
        if effect == Effect.KILL_AFTER:
            raise Killed
        return answer

    # Services

    def _dynamodb(self, operation: str, content: Any, effect: Effect | None) -> Any:
        world = self._world
        if operation == "DescribeTable":
            return {"Table": {"TableName": content["TableName"], "LatestStreamArn": world.stream_arn}}
        keys = written_keys(operation, content)
        if any(key in self._held for key in keys):
            world.tally["transaction conflict"] += 1
            raise self._conflict(operation, content)
        by = world.scheduler.current.name if world.scheduler.current else None
        if operation != "TransactWriteItems":
            return world.table.handle(operation, content, by=by, reading=self._reading(content, effect))
        # A transaction holds its items from when it is prepared until it is done.
        self._held.update(dict.fromkeys(keys, 1))
        try:
            world.scheduler.pause()
            return world.table.handle(operation, content, by=by)
        finally:
            for key in keys:
                self._held.pop(key, None)

    def _reading(self, content: Any, effect: Effect | None) -> Reading:
        world = self._world
        if effect == Effect.SHORT_PAGE:
            return Reading(stop_after=world.scheduler.random.randint(1, 3))
        if effect != Effect.STALE or content.get("ConsistentRead"):
            return NOW
        commits = world.table.commits
        recent = [one.index for one in commits[-40:] if world.clock.now - one.at < LAG_SECONDS]
        return Reading(as_of=world.scheduler.random.choice(recent) - 1) if recent else NOW

    def _conflict(self, operation: str, content: Any) -> ServiceError:
        if operation != "TransactWriteItems":
            return CONFLICT
        count = len(content["TransactItems"])
        reasons: list[Any] = [{"Code": "None"}] * count
        reasons[self._world.scheduler.random.randrange(count)] = {
            "Code": "TransactionConflict", "Message": "Transaction is ongoing for the item",
        }  # fmt: skip
        return cancelled(reasons)

    def _streams(self, operation: str, content: Any, _: Effect | None) -> Any:
        return self._world.stream.handle(operation, content)

    def _firehose(self, _: str, content: Any, effect: Effect | None) -> Any:
        chance = self._world.scheduler.random
        some = {place for place in range(len(content["Records"])) if chance.random() < 0.5} or {0}

        def refused(place: int) -> bool:
            return effect == Effect.REFUSE_ALL or (effect == Effect.REFUSE_SOME and place in some)

        return self._world.delivery.put(content, refused)

    def _glue(self, operation: str, content: Any, _: Effect | None) -> Any:
        return self._world.catalog.handle(operation, content)

    def _cognito(self, operation: str, content: Any, _: Effect | None) -> Any:
        return self._world.pool.handle(operation, content)

    def _sqs(self, operation: str, content: Any, _: Effect | None) -> Any:
        return self._world.queue.handle(operation, content)

    def _metrics(self, operation: str, content: Any, _: Effect | None) -> Any:
        return self._world.metrics.handle(operation, content)

    def _secrets(self, _: str, content: Any, __: Effect | None) -> Any:
        return {"Name": content["SecretId"], "SecretString": self._world.secret}

    def _s3(self, request: AWSPreparedRequest) -> AWSResponse:
        headers = {name.lower(): _text(value) for name, value in request.headers.items()}
        body = _bytes_of(request)
        if "aws-chunked" in headers.get("content-encoding", ""):
            body = b"".join(_chunks(body))
        try:
            answer = self._with_fault(
                "s3", request.method, lambda _: self._world.bucket.handle(request.method, request.url, headers, body),
                request,
            )  # fmt: skip
        except ServiceError as error:
            text = f"<Error><Code>{error.code}</Code><Message>{escape(error.message)}</Message></Error>"
            return AWSResponse(request.url, error.status, HTTPHeaders(), _Body(text.encode()))
        return _answer(request.url, answer)


def _chunks(body: bytes) -> Iterator[bytes]:
    """A body as it is sent with its checksum behind it: chunks, each after its size in hexadecimal."""
    while body:
        size, _, rest = body.partition(b"\r\n")
        length = int(size, 16)
        if not length:
            return
        yield rest[:length]
        body = rest[length + 2 :]


def _bytes_of(request: AWSPreparedRequest) -> bytes:
    body: Any = request.body
    body = body.read() if hasattr(body, "read") else body or b""
    return body.encode() if isinstance(body, str) else bytes(body)


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _answer(url: str, body: bytes) -> AWSResponse:
    headers = HTTPHeaders()
    headers["Content-Length"] = str(len(body))
    return AWSResponse(url, 200, headers, _Body(body))


def _refusal(url: str, error: ServiceError) -> AWSResponse:
    content = {"__type": f"com.amazonaws#{error.code}", "message": error.message, **error.extra}
    return AWSResponse(url, error.status, HTTPHeaders(), _Body(json.dumps(content).encode()))
