"""ETags of tasks, and the conditions that clients set with them (RFC 9110, section 13)."""

import re

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from tasks.models import Task

MOST_TAGS = 50
_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_LIST = re.compile(rf"\s*{_TAG.pattern}\s*(,\s*{_TAG.pattern}\s*)*")
# No ETag, but what many clients send: it is taken as if it had its quotes.
_BARE = re.compile(r"\s*([0-9]+)\s*", re.ASCII)
_VERSION = re.compile(r"[1-9][0-9]{0,15}", re.ASCII)


def etag(task: Task) -> str:
    """A task's version says all about what it shows."""
    return f'"{int(task.version)}"'


def wanted_versions(request: Request) -> frozenset[int] | None:
    """The versions that If-Match allows, None for any. A weak tag allows none. Raises ValidationError."""
    return versions_in(request.headers.get("If-Match"), "If-Match")


def versions_in(text: str | None, name: str) -> frozenset[int] | None:
    """The versions that the text, sent as `name`, allows. Raises ValidationError."""
    tags = _tags(text, name)
    return None if tags is None else frozenset(version for version, weak in tags if not weak)


def is_held(request: Request, task: Task) -> bool:
    """Whether If-None-Match says that the client holds this very state. Raises ValidationError."""
    sent = request.headers.get("If-None-Match")
    if sent and sent.strip() == "*":
        return True
    tags = _tags(sent, "If-None-Match")
    return tags is not None and int(task.version) in {version for version, _ in tags}


def is_tag_held(request: Request, tag: str) -> bool:
    """Whether If-None-Match names this tag, or any. Raises ValidationError."""
    sent = request.headers.get("If-None-Match")
    _tags(sent, "If-None-Match")
    if sent is None:
        return False
    return sent.strip() == "*" or tag in {f'"{text}"' for _, text in _TAG.findall(sent)}


def _tags(sent: str | None, name: str) -> list[tuple[int, bool]] | None:
    """The versions sent, each with whether its tag is weak; None for `*` and for nothing sent.

    Tags that are none of ours match nothing and are left out.
    """
    if sent is None or sent.strip() == "*":
        return None
    sent = _BARE.sub(r'"\1"', sent) if _BARE.fullmatch(sent) else sent
    tags = _TAG.findall(sent)
    if not _LIST.fullmatch(sent) or len(tags) > MOST_TAGS:
        raise ValidationError({name: f'Must be * or at most {MOST_TAGS} ETags, each in quotes, such as "3".'})
    return [(int(text), bool(weak)) for weak, text in tags if _VERSION.fullmatch(text)]
