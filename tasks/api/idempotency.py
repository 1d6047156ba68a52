"""Exactly once: a write with an Idempotency-Key leaves its response beside it, in the same transaction.

The header follows draft-ietf-httpapi-idempotency-key-header-07; its value may be bare, as some clients send it.
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

KEPT = timedelta(hours=24)
MAX_LENGTH = 255
QUOTED = re.compile(r'"((?:[^"\\]|\\["\\])*)"')
PRINTABLE = re.compile(r"[ -~]*", re.ASCII)

RecordT = TypeVar("RecordT", bound=Record)


@dataclass(frozen=True, slots=True)
class Key:
    """A client's key, and what tells the request it came with from any other."""

    sub: str
    text: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class WriteResponse:
    """What a write answers; `body` is JSON, empty for none. `replayed`: it was answered before."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    replayed: bool = False

    @classmethod
    def of(cls, status: int, data: Any = None, headers: Mapping[str, str] | None = None) -> "WriteResponse":
        return cls(status, headers or {}, b"" if data is None else JSONRenderer().render(data))


def key_of(request: Request, sub: str) -> Key | None:
    """The request's key, None without the header. Raises ValidationError."""
    header = request.headers.get("Idempotency-Key")
    if header is None:
        return None
    text = checked(unquoted(header.strip()), "Idempotency-Key")
    body = getattr(request, "body_bytes", b"")
    return Key(sub, text, fingerprint(str(request.method), request.path, body))


def checked(text: str, name: str) -> str:
    """The key. Raises ValidationError, naming where it was sent."""
    if not text or len(text) > MAX_LENGTH or not PRINTABLE.fullmatch(text):
        raise ValidationError({name: f"Must have 1 to {MAX_LENGTH} printable ASCII characters."})
    return text


def unquoted(header: str) -> str:
    """A key in the draft's quoted form (a structured field's string) and the bare one are the same key.

    What begins with a quote and is no such string is no key: empty.
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
    """Stores a new record and the response to it, or answers what was answered before. One call.

    Raises KeyReused, KeyInFlight, and ConditionFailedError if there is another record with its table key.
    """
    made = response(record)
    for pause in retrying.pauses():
        try:
            _kept(key, made, now).store_with(record, type(record).PK.does_not_exist(), _epoch(now))
        except KeyTakenError as taken:
            return _replayed(key, taken.response)
        except ConflictError:
            _pause(pause)
        else:
            return made
    raise KeyInFlight


def change_once(
    key: Key,
    *,
    sk: str,
    change: Callable[[Item | None], RecordT],
    response: Callable[[RecordT], WriteResponse],
    now: datetime,
) -> WriteResponse:
    """Changes a stored item and keeps the response to it, or answers what was answered before. Two calls.

    `change` gets the item as it is, changes it and returns it, or raises what is to be answered. Somebody else's
    write in between makes it run again, on what is there then. Raises KeyReused, KeyInFlight.
    """
    for pause in retrying.pauses():
        found, known = StoredResponse.find_with(key.sub, key.text, sk)
        if known and known.expires_at > _epoch(now):
            return _replayed(key, known)
        expected = _as_read(found)
        record = change(found)
        made = response(record)
        try:
            _kept(key, made, now).store_with(record, expected, _epoch(now))
        except KeyTakenError as taken:
            return _replayed(key, taken.response)
        except (ConflictError, ConditionFailedError):
            _pause(pause)
        else:
            return made
    raise KeyInFlight


def claim(key: Key, now: datetime) -> WriteResponse | None:
    """Marks the key as this request's. The response, if the request was answered before. Raises KeyReused."""
    try:
        _kept(key, None, now).store(_epoch(now))
    except KeyTakenError as taken:
        return replay(key, taken.response)
    return None


def keep(key: Key, response: WriteResponse, now: datetime) -> WriteResponse:
    """Keeps the response under a claimed key; if somebody was faster, theirs is the response. Raises KeyReused."""
    try:
        _kept(key, response, now).store_if_unanswered(_epoch(now))
    except KeyTakenError as taken:
        return replay(key, taken.response) or response
    return response


def replay(key: Key, known: StoredResponse) -> WriteResponse | None:
    """The kept response, byte for byte; None if the key is only claimed. Raises KeyReused: another request has it."""
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


def _as_read(found: Item | None) -> Condition:
    """Holds while nobody has written the item since it was read: made before it is changed."""
    return Record.version == found.version if isinstance(found, Record) else Record.PK.does_not_exist()


def _kept(key: Key, response: WriteResponse | None, now: datetime) -> StoredResponse:
    said = response and {
        "status": response.status,
        "headers": json.dumps(dict(response.headers)),
        "body": zlib.compress(response.body) if response.body else None,
    }
    return StoredResponse.kept(
        key.sub, key.text, fingerprint=key.fingerprint, expires_at=_epoch(now + KEPT), **(said or {})
    )


def _epoch(moment: datetime) -> int:
    return int(moment.timestamp())


def _pause(seconds: float | None) -> None:
    if seconds is not None:
        time.sleep(seconds)
