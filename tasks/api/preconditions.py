"""ETags of tasks, and conditional requests (RFC 9110, section 13)."""

import re

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from tasks.models import Task

MAX_TAGS = 50
_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_LIST = re.compile(rf"\s*{_TAG.pattern}\s*(,\s*{_TAG.pattern}\s*)*")
# Many clients send the version without quotes; accept it as if it had them.
_BARE = re.compile(r"\s*([0-9]+)\s*", re.ASCII)
_VERSION = re.compile(r"[1-9][0-9]{0,15}", re.ASCII)


def etag(task: Task) -> str:
    """Returns the task's ETag: its version, which every change increments."""
    return f'"{int(task.version)}"'


def required_versions(request: Request) -> frozenset[int] | None:
    """Returns the versions that If-Match allows, None for any. Weak tags match no version. Raises ValidationError."""
    return versions_in(request.headers.get("If-Match"), "If-Match")


def versions_in(text: str | None, name: str) -> frozenset[int] | None:
    """Returns the versions that the text, sent as `name`, allows. Raises ValidationError."""
    tags = _tags(text, name)
    return None if tags is None else frozenset(version for version, weak in tags if not weak)


def matches_task(request: Request, task: Task) -> bool:
    """Whether If-None-Match matches the task's version. Raises ValidationError."""
    sent = request.headers.get("If-None-Match")
    if sent and sent.strip() == "*":
        return True
    tags = _tags(sent, "If-None-Match")
    return tags is not None and int(task.version) in {version for version, _ in tags}


def matches_tag(request: Request, tag: str) -> bool:
    """Whether If-None-Match matches this tag. Raises ValidationError."""
    sent = request.headers.get("If-None-Match")
    _tags(sent, "If-None-Match")
    if sent is None:
        return False
    return sent.strip() == "*" or tag in {f'"{text}"' for _, text in _TAG.findall(sent)}


def _tags(sent: str | None, name: str) -> list[tuple[int, bool]] | None:
    """Returns the versions sent, each with whether its tag is weak; None for `*` and without a header.

    Omits tags that this service never issues: they match nothing.
    """
    if sent is None or sent.strip() == "*":
        return None
    sent = _BARE.sub(r'"\1"', sent) if _BARE.fullmatch(sent) else sent
    tags = _TAG.findall(sent)
    if not _LIST.fullmatch(sent) or len(tags) > MAX_TAGS:
        raise ValidationError({name: f'Must be * or at most {MAX_TAGS} ETags, each in quotes, such as "3".'})
    return [(int(text), bool(weak)) for weak, text in tags if _VERSION.fullmatch(text)]
