"""The format of keys and ids. No other module builds or parses them."""

import hashlib
import hmac
import re
import secrets
import uuid
from datetime import UTC, datetime, timedelta

ORGANIZATION = "*"
PROFILE = "PROFILE"
ERASURES = "ERASURES"
PUBLICATIONS = "PUBLICATIONS"
LAST_PUBLICATION = "LAST"
TASK_PREFIX = "TASK#"

_USER_PREFIX = "USER#"
_INSIGHT_PREFIX = "INSIGHT#"
_UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.ASCII)
_RANDOM_BITS = 74
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def user_pk(sub: str) -> str:
    return f"{_USER_PREFIX}{sub}"


def sub_of(pk: str) -> str:
    return pk.removeprefix(_USER_PREFIX)


def task_sk(task_id: str) -> str:
    return f"{TASK_PREFIX}{task_id}"


def task_id_of(sk: str) -> str:
    return sk.removeprefix(TASK_PREFIX)


def idempotency_sk(key: str) -> str:
    """Hashes the client's key, which may be any text: the hash is short and reveals nothing in the table."""
    return f"IDEMPOTENCY#{hashlib.sha256(key.encode()).hexdigest()}"


def insights_pk(user_key_or_organization: str) -> str:
    return f"INSIGHTS#{user_key_or_organization}"


def insight_sk(name: str) -> str:
    return f"{_INSIGHT_PREFIX}{name}"


def insight_of(sk: str) -> str:
    return sk.removeprefix(_INSIGHT_PREFIX)


def erasure_sk(user_key: str) -> str:
    return f"ERASURE#{user_key}"


def user_key(secret: str, sub: str) -> str:
    """Returns a user's pseudonym in the lake: the hex HMAC-SHA256 of the Cognito sub."""
    return hmac.new(secret.encode(), sub.encode(), hashlib.sha256).hexdigest()


def is_task_id(text: str) -> bool:
    """Whether `text` is a lower-case UUIDv7, the format of our ids."""
    return _UUID7.fullmatch(text) is not None


def new_task_id(created_at: datetime) -> str:
    """Returns a UUIDv7 with 74 random bits; ids sort by the time of creation."""
    return _uuid7(created_at, secrets.randbits(_RANDOM_BITS))


def derived_task_id(created_at: datetime, *names: str) -> str:
    """Returns a UUIDv7 whose random part is a hash of `names`: repeating an import yields the same id."""
    return _uuid7(created_at, derived_part(*names))


def derived_part(*names: str) -> int:
    digest = hashlib.sha256("\x1f".join(names).encode()).digest()
    return int.from_bytes(digest) >> (256 - _RANDOM_BITS)


def creation_of(task_id: str) -> datetime:
    """Returns the time in an id, to the millisecond."""
    return _EPOCH + timedelta(milliseconds=uuid.UUID(task_id).int >> 80)


def random_part(task_id: str) -> int:
    """Returns the 74 bits of an id that are not its time, version or variant."""
    value = uuid.UUID(task_id).int
    return ((value >> 64) & 0xFFF) << 62 | value & ((1 << 62) - 1)


def _uuid7(instant: datetime, random: int) -> str:
    milliseconds = (instant - _EPOCH) // timedelta(milliseconds=1)
    high = milliseconds << 16 | 0x7 << 12 | random >> 62
    low = 0b10 << 62 | random & ((1 << 62) - 1)
    return str(uuid.UUID(int=high << 64 | low))
