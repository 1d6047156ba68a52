"""Exactly-once writes: a write with an Idempotency-Key stores its response in the same transaction.

The header follows draft-ietf-httpapi-idempotency-key-header-07, but the value may also be unquoted, as some clients
send it.
"""

import hashlib
import json
import re
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from pynamodb.expressions.condition import Condition
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from tasks.exceptions import KeyInFlight, KeyReused
from tasks.models import ConditionFailedError, ConflictError, Item, KeyTakenError, Record, StoredResponse, retrying

LIFETIME = timedelta(hours=24)
MAX_LENGTH = 255
QUOTED = re.compile(r'"((?:[^"\\]|\\["\\])*)"')
PRINTABLE = re.compile(r"[ -~]*", re.ASCII)

RecordT = TypeVar("RecordT", bound=Record)


@dataclass(frozen=True, slots=True)
class Key:
    """A client's key, and the fingerprint of the request it came with."""

    sub: str
    text: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class WriteResponse:
    """The response to a write. `body` is JSON, or empty; `replayed` is true for a stored response."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    replayed: bool = False

    @classmethod
    def of(cls, status: int, data: Any = None, headers: Mapping[str, str] | None = None) -> "WriteResponse":
        return cls(status, headers or {}, b"" if data is None else JSONRenderer().render(data))


def key_of(request: Request, sub: str) -> Key | None:
    """Returns the request's key, or None without the header. Raises ValidationError."""
    header = request.headers.get("Idempotency-Key")
    if header is None:
        return None
    text = checked(unquoted(header.strip()), "Idempotency-Key")
    body = getattr(request, "body_bytes", b"")
    return Key(sub, text, fingerprint(str(request.method), request.path, body))


def checked(text: str, name: str) -> str:
    """Returns the key, if it is well-formed. Raises ValidationError under the given name."""
    if not text or len(text) > MAX_LENGTH or not PRINTABLE.fullmatch(text):
        raise ValidationError({name: f"Must have 1 to {MAX_LENGTH} printable ASCII characters."})
    return text


def unquoted(header: str) -> str:
    """Removes the quotes of the draft's form (a structured field's string), so that both forms are the same key.

    Returns an empty text for a header that begins with a quote but is not such a string.
    """
    if not header.startswith('"'):
        return header
    quoted = QUOTED.fullmatch(header)
    return re.sub(r'\\(["\\])', r"\1", quoted[1]) if quoted else ""


def fingerprint(method: str, path: str, body: bytes) -> str:
    return hashlib.sha256(b"\0".join((method.encode(), path.encode(), body))).hexdigest()


def create_once(
    key: Key, *, record: RecordT, response: Callable[[RecordT], WriteResponse], now: datetime
) -> WriteResponse:
    """Stores a new record with the response to it, or returns the response stored before. One call.

    Raises KeyReused, KeyInFlight, and ConditionFailedError if a record with its table key exists.
    """
    fresh = response(record)
    for pause in retrying.pauses():
        try:
            _stored(key, fresh, now).store_with(record, type(record).PK.does_not_exist(), _epoch(now))
        except KeyTakenError as taken:
            return _replayed(key, taken.response)
        except ConflictError:
            _pause(pause)
        else:
            return fresh
    raise KeyInFlight


def change_once(
    key: Key,
    *,
    sk: str,
    change: Callable[[Item | None], RecordT],
    response: Callable[[RecordT], WriteResponse],
    now: datetime,
) -> WriteResponse:
    """Changes a stored item and stores the response to it, or returns the response stored before. Two calls.

    `change` receives the current item, changes it and returns it, or raises the error to respond with. A concurrent
    write makes it run again on the item's new state. Raises KeyReused, KeyInFlight.
    """
    for pause in retrying.pauses():
        found, known = StoredResponse.find_with(key.sub, key.text, sk)
        if known and known.expires_at > _epoch(now):
            return _replayed(key, known)
        expected = _is_unchanged(found)
        record = change(found)
        fresh = response(record)
        try:
            _stored(key, fresh, now).store_with(record, expected, _epoch(now))
        except KeyTakenError as taken:
            return _replayed(key, taken.response)
        except (ConflictError, ConditionFailedError):
            _pause(pause)
        else:
            return fresh
    raise KeyInFlight


def claim(key: Key, now: datetime) -> WriteResponse | None:
    """Claims the key for this request. Returns the response if one is stored already. Raises KeyReused."""
    try:
        _stored(key, None, now).store(_epoch(now))
    except KeyTakenError as taken:
        return replay(key, taken.response)
    return None


def store_response(key: Key, response: WriteResponse, now: datetime) -> WriteResponse:
    """Stores the response under a claimed key; returns the one stored there first, if any. Raises KeyReused."""
    try:
        _stored(key, response, now).replace_claim(_epoch(now))
    except KeyTakenError as taken:
        return replay(key, taken.response) or response
    return response


def replay(key: Key, known: StoredResponse) -> WriteResponse | None:
    """Returns the stored response, or None if the key is only claimed. Raises KeyReused if another request has it."""
    if known.fingerprint != key.fingerprint:
        raise KeyReused
    if known.status is None:
        return None
    body = zlib.decompress(known.body) if known.body else b""
    return WriteResponse(int(known.status), json.loads(known.headers), body, replayed=True)


def _replayed(key: Key, known: StoredResponse) -> WriteResponse:
    response = replay(key, known)
    if response is None:
        raise KeyInFlight
    return response


def _is_unchanged(found: Item | None) -> Condition:
    """Builds the condition that the item is unchanged since it was read. Call before changing the item."""
    return Record.version == found.version if isinstance(found, Record) else Record.PK.does_not_exist()


def _stored(key: Key, response: WriteResponse | None, now: datetime) -> StoredResponse:
    fields = response and {
        "status": response.status,
        "headers": json.dumps(dict(response.headers)),
        "body": zlib.compress(response.body) if response.body else None,
    }
    return StoredResponse.build(
        key.sub, key.text, fingerprint=key.fingerprint, expires_at=_epoch(now + LIFETIME), **(fields or {})
    )


def _epoch(moment: datetime) -> int:
    return int(moment.timestamp())


def _pause(seconds: float | None) -> None:
    if seconds is not None:
        time.sleep(seconds)
