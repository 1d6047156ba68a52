"""What may be wrong with an object of bronze, and with an item that no code of the product wrote."""

import gzip
import json
from collections.abc import Callable
from typing import Any

from tests.faults.aws.firehose import bronze_key
from tests.faults.world import World

# Damages the object of a key. Of one that is cut off it notes in the second what it is to be again in the end.
Damage = Callable[[World, dict[str, bytes], str], None]


def _twice(world: World, _: dict[str, bytes], key: str) -> None:
    body = world.bucket.objects[key].body
    world.bucket.put(bronze_key(world.clock.now, f"again-{key.rpartition('/')[2]}"), body)


def _truncated(world: World, whole: dict[str, bytes], key: str) -> None:
    body = whole[key] = world.bucket.objects[key].body
    world.bucket.put(key, body[: len(body) // 2])


def _with_lines(change: Callable[[list[bytes]], list[bytes]]) -> Damage:
    def damage(world: World, _: dict[str, bytes], key: str) -> None:
        lines = gzip.decompress(world.bucket.objects[key].body).splitlines()
        world.bucket.put(key, gzip.compress(b"\n".join(change(lines)) + b"\n", mtime=0))

    return damage


def _of_version_2(lines: list[bytes]) -> list[bytes]:
    event = {**json.loads(lines[0]), "schema_version": 2, "effort": 3}
    return [json.dumps(event).encode(), *lines]


DAMAGES: dict[Any, Damage] = {
    "delivered twice": _twice,
    "truncated gzip": _truncated,
    "bad UTF-8": _with_lines(lambda lines: [*lines, b'{"event_id": "\xff\xfe"}']),
    "two in a line": _with_lines(lambda lines: [*lines, lines[0] + lines[-1]]),
    "version 2": _with_lines(_of_version_2),
}
POISONED: dict[str, dict[str, Any]] = {
    "400 KB item": {"entity": {"S": "task"}, "version": {"N": "1"}, "status": {"S": "x" * 400_000}},
    "binary": {"entity": {"S": "task"}, "version": {"N": "1"}, "status": {"B": "AAEC"}, "updated_at": {"B": "/w=="}},
    "nested": {"entity": {"S": "task"}, "version": {"N": "1"}, "category": {"M": {"a": {"L": [{"N": "1"}]}}}},
    "38 digits": {"entity": {"S": "task"}, "version": {"N": "9" * 38}, "status": {"S": "pending"}},
    "no image": {"entity": {"S": "task"}, "version": {"N": "1"}},
}
