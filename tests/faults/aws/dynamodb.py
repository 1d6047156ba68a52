"""One DynamoDB table in memory: items, their history, conditions, transactions, pages.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html
Transactions: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
Reads: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.ReadConsistency.html
TTL: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html

Each operation happens at one moment, a transaction too. What may go wrong around it (throttling, answers that get
lost, items that another transaction holds) is the network's and the faults' part.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.faults.aws.errors import ServiceError
from tests.faults.aws.expressions import Item, Node, Scope, holds, parsed_condition, parsed_update, updated

Request = dict[str, Any]
Key = tuple[str, str]
Place = tuple[str, str, str]

INDEX_KEYS = {"by_updated_at": "updated_at", "by_due_date": "due_date"}
PAGE_BYTES = 1024 * 1024
TRANSACTION_ITEMS = 100
BATCH_WRITES = 25
FAILED = "ConditionalCheckFailed"


@dataclass(frozen=True, slots=True)
class Commit:
    """One item's change. `by` tells whose request made it; `principal` is TTL's for what TTL deletes."""

    index: int
    at: float
    key: Key
    old: Item | None
    new: Item | None
    by: Any
    principal: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """How a read is answered: as of a commit (None: now), and after how many items its page ends (None: none)."""

    as_of: int | None = None
    stop_after: int | None = None


NOW = Reading()


@dataclass
class Table:
    """`on_commit` hears of every change, in order."""

    clock: Callable[[], float]
    on_commit: Callable[[Commit], None] = lambda _: None
    items: dict[Key, Item] = field(default_factory=dict)
    partitions: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    history: dict[Key, list[tuple[int, Item | None]]] = field(default_factory=lambda: defaultdict(list))
    commits: list[Commit] = field(default_factory=list)
    tokens: dict[str, Request] = field(default_factory=dict)
    # What queries found since the last commit: a walk asks for the same items page by page.
    found: dict[Any, tuple[list[Place], list[Item]]] = field(default_factory=dict)
    found_at: int = 0

    def handle(self, operation: str, request: Request, *, by: Any = None, reading: Reading = NOW) -> Any:
        """The answer to an operation. Raises ServiceError."""
        if operation in READS:
            return READS[operation](self, request, reading)
        if operation not in WRITES:
            raise ServiceError("UnknownOperationException", operation)
        return WRITES[operation](self, request, by)

    # Writes

    def put(self, request: Request, by: Any) -> Any:
        item: Item = request["Item"]
        key = _key_of(item)
        self._check(request, key)
        old = self.items.get(key)
        self.write(key, item, by)
        return {"Attributes": old} if request.get("ReturnValues") == "ALL_OLD" and old else {}

    def update(self, request: Request, by: Any) -> Any:
        key = _key_of(request["Key"])
        self._check(request, key)
        old = self.items.get(key)
        new = updated(parsed_update(request["UpdateExpression"]), old or dict(request["Key"]), _scope(request))
        self.write(key, new, by)
        wanted = {"ALL_NEW": new, "ALL_OLD": old}.get(request.get("ReturnValues", "NONE"))
        return {"Attributes": wanted} if wanted else {}

    def delete(self, request: Request, by: Any) -> Any:
        key = _key_of(request["Key"])
        self._check(request, key)
        self.write(key, None, by)
        return {}

    def batch_write(self, request: Request, by: Any) -> Any:
        ((_, wanted),) = request["RequestItems"].items()
        if len(wanted) > BATCH_WRITES:
            raise ServiceError("ValidationException", "Too many items requested for the BatchWriteItem call")
        for one in wanted:
            if "PutRequest" in one:
                self.put(one["PutRequest"], by)
            else:
                self.delete(one["DeleteRequest"], by)
        return {"UnprocessedItems": {}}

    def transact(self, request: Request, by: Any) -> Any:
        """All or nothing. The same ClientRequestToken with the same content succeeds again and does nothing."""
        token = request.get("ClientRequestToken")
        if token in self.tokens:
            if self.tokens[token] != request:
                raise ServiceError("IdempotentParameterMismatchException", "The token came with other parameters")
            return {}
        parts = transaction_parts(request)
        if len({key for _, key, _ in parts}) < len(parts) or len(parts) > TRANSACTION_ITEMS:
            raise ServiceError(
                "ValidationException", "Transaction request cannot include multiple operations on one item"
            )
        reasons = [self._reason(part, key) for _, key, part in parts]
        if any(reason["Code"] != "None" for reason in reasons):
            raise cancelled(reasons)
        for kind, _, part in parts:
            if kind != "ConditionCheck":
                TRANSACTION_WRITES[kind](self, part, by)
        if token:
            self.tokens[token] = request
        return {}

    def write(self, key: Key, new: Item | None, by: Any, principal: str | None = None) -> None:
        """Makes one change; one that changes nothing is none, and leaves no stream record."""
        old = self.items.get(key)
        if old == new:
            return
        commit = Commit(len(self.commits), self.clock(), key, old, new, by, principal)
        self.commits.append(commit)
        self.history[key].append((commit.index, new))
        if new is None:
            del self.items[key]
        else:
            self.items[key] = new
            self.partitions[key[0]].add(key[1])
        self.on_commit(commit)

    def expire(self, by: Any = "ttl") -> int:
        """What TTL does once it gets round to it; answers how many items it deleted."""
        due = [
            key for key, item in self.items.items()
            if "N" in item.get("expires_at", {}) and float(item["expires_at"]["N"]) < self.clock()
        ]  # fmt: skip
        for key in sorted(due):
            self.write(key, None, by, principal="dynamodb.amazonaws.com")
        return len(due)

    def _check(self, request: Request, key: Key) -> None:
        found = self.items.get(key)
        if not _meets(request, found):
            shown = request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" and found
            extra: dict[str, Any] = {"Item": found} if shown else {}
            raise ServiceError("ConditionalCheckFailedException", "The conditional request failed", **extra)

    def _reason(self, part: Request, key: Key) -> Any:
        found = self.items.get(key)
        if _meets(part, found):
            return {"Code": "None"}
        reason: dict[str, Any] = {"Code": FAILED, "Message": "The conditional request failed"}
        if part.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" and found:
            reason["Item"] = found
        return reason

    # Reads

    def as_of(self, key: Key, index: int | None) -> Item | None:
        """An item as it was after a commit; None: as it is."""
        if index is None:
            return self.items.get(key)
        versions = self.history[key]
        place = bisect_right(versions, index, key=lambda entry: entry[0])
        return versions[place - 1][1] if place else None

    def get(self, request: Request, reading: Reading) -> Any:
        as_of = None if request.get("ConsistentRead") else reading.as_of
        found = self.as_of(_key_of(request["Key"]), as_of)
        return {"Item": _projected(found, request)} if found else {}

    def batch_get(self, request: Request, reading: Reading) -> Any:
        ((table, wanted),) = request["RequestItems"].items()
        as_of = None if wanted.get("ConsistentRead") else reading.as_of
        found = [self.as_of(_key_of(key), as_of) for key in wanted["Keys"]]
        return {"Responses": {table: [item for item in found if item]}, "UnprocessedKeys": {}}

    def query(self, request: Request, reading: Reading) -> Any:
        scope = _scope(request)
        condition = parsed_condition(request["KeyConditionExpression"])
        sort_key = INDEX_KEYS[request["IndexName"]] if "IndexName" in request else "SK"
        pk = _partition(condition, scope)
        as_of = None if request.get("ConsistentRead") else reading.as_of
        if self.found_at != len(self.commits):
            self.found, self.found_at = {}, len(self.commits)
        asked = as_of, sort_key, request["KeyConditionExpression"], repr(scope)
        if asked not in self.found:
            candidates = (self.as_of((pk, sk), as_of) for sk in self.partitions.get(pk, ()))
            items = [item for item in candidates if item and sort_key in item and holds(condition, item, scope)]
            items.sort(key=lambda item: _place(item, sort_key))
            self.found[asked] = [_place(item, sort_key) for item in items], items
        return _page(
            _behind_the_start(*self.found[asked], request, sort_key), request, scope, sort_key, reading.stop_after
        )

    def scan(self, request: Request, reading: Reading) -> Any:
        segment, segments = request.get("Segment", 0), request.get("TotalSegments", 1)
        start = request.get("ExclusiveStartKey")
        found = [
            item for key in sorted(self.items)
            if sum(key[0].encode()) % segments == segment and (item := self.as_of(key, reading.as_of))
            and (start is None or key > _key_of(start))
        ]  # fmt: skip
        return _page(found, request, _scope(request), "SK", reading.stop_after)


def cancelled(reasons: list[Any]) -> ServiceError:
    codes = ", ".join(reason["Code"] for reason in reasons)
    message = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
    return ServiceError("TransactionCanceledException", message, CancellationReasons=reasons)


def transaction_parts(request: Request) -> list[tuple[str, Key, Request]]:
    """Of each part its kind, the key of its item, and itself."""
    parts = [next(iter(one.items())) for one in request["TransactItems"]]
    return [(kind, _key_of(part["Item" if kind == "Put" else "Key"]), part) for kind, part in parts]


def written_keys(operation: str, request: Request) -> list[Key]:
    """The items that a write is about."""
    if operation == "TransactWriteItems":
        return [key for _, key, _ in transaction_parts(request)]
    if operation in ("PutItem", "UpdateItem", "DeleteItem"):
        return [_key_of(request["Item" if operation == "PutItem" else "Key"])]
    return []


def _behind_the_start(places: list[Place], items: list[Item], request: Request, sort_key: str) -> list[Item]:
    """The items in the order that is asked for, from where it is to go on. places: of the items, ascending."""
    start = request.get("ExclusiveStartKey")
    if request.get("ScanIndexForward", True):
        return items[bisect_right(places, _place(start, sort_key)) if start else 0 :]
    return items[: bisect_left(places, _place(start, sort_key)) if start else len(items)][::-1]


def _page(found: list[Item], request: Request, scope: Scope, sort_key: str, stop_after: int | None) -> Any:
    limit = min(request.get("Limit", len(found) + 1), len(found) + 1 if stop_after is None else stop_after)
    seen = list(_within_a_page(found, limit))
    condition = request.get("FilterExpression")
    kept = [item for item in seen if condition is None or holds(parsed_condition(condition), item, scope)]
    answer: dict[str, Any] = {"Count": len(kept), "ScannedCount": len(seen)}
    if request.get("Select") != "COUNT":
        answer["Items"] = [_projected(item, request) for item in kept]
    if seen and (len(seen) < len(found) or len(seen) == limit):
        answer["LastEvaluatedKey"] = {name: seen[-1][name] for name in ("PK", "SK", sort_key)}
    return answer


def _within_a_page(found: list[Item], limit: int) -> Iterator[Item]:
    size = 0
    for item in found[:limit]:
        yield item
        size += _size(item)
        if size > PAGE_BYTES:
            return


def _size(item: Item) -> int:
    return sum(len(name) + len(str(next(iter(value.values())))) for name, value in item.items())


def _meets(request: Request, found: Item | None) -> bool:
    condition = request.get("ConditionExpression")
    return condition is None or holds(parsed_condition(condition), found or {}, _scope(request))


def _scope(request: Request) -> Scope:
    return Scope(request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {}))


def _key_of(item: Item) -> Key:
    return item["PK"]["S"], item["SK"]["S"]


def _place(item: Item, sort_key: str) -> Place:
    return item[sort_key]["S"], item["PK"]["S"], item["SK"]["S"]


def _projected(item: Item, request: Request) -> Item:
    wanted = request.get("ProjectionExpression")
    if wanted is None:
        return item
    scope = _scope(request)
    names = [scope.name(name.strip()) for name in wanted.split(",")]
    return {name: item[name] for name in names if name in item}


def _partition(condition: Node, scope: Scope) -> str:
    """The partition that a key condition names; it begins with it."""
    kind, *parts = condition
    if kind == "AND":
        return _partition(parts[0], scope)
    value = scope.operand(parts[1], {})
    if kind != "=" or value is None:
        raise ServiceError("ValidationException", "Query condition missed key schema element: PK")
    text: str = value["S"]
    return text


READS: dict[str, Callable[[Table, Request, Reading], Any]] = {
    "GetItem": Table.get, "BatchGetItem": Table.batch_get, "Query": Table.query, "Scan": Table.scan,
}  # fmt: skip
WRITES: dict[str, Callable[[Table, Request, Any], Any]] = {
    "PutItem": Table.put, "UpdateItem": Table.update, "DeleteItem": Table.delete,
    "BatchWriteItem": Table.batch_write, "TransactWriteItems": Table.transact,
}  # fmt: skip
TRANSACTION_WRITES = {"Put": Table.put, "Update": Table.update, "Delete": Table.delete}
