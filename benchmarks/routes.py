"""`python -m benchmarks.routes`: prints each request's use of the table, as lines of JSON.

Runs on moto in its own process, because the application reads its environment when it is imported.
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from moto import mock_aws

TASKS = "/api/v1/tasks"
SMALL = {"title": "Send the quarterly report"}
LONG = {**SMALL, "description": "x" * 1000}
PAGE = 100


@dataclass(frozen=True)
class Usage:
    """A request's calls to the table, and the units that it read or wrote, indexes included."""

    name: str
    calls: int
    units: float | None = None


def main() -> None:
    from tests.support.environment import prepare  # noqa: PLC0415 -- before Django reads the environment

    prepare()
    import django  # noqa: PLC0415

    django.setup()
    for usage in measured():
        print(json.dumps(asdict(usage)))
    # The key server's thread would keep the process.
    sys.stdout.flush()


def measured() -> Iterator[Usage]:
    from rest_framework.test import APIClient  # noqa: PLC0415

    from tests.support.table import make_table  # noqa: PLC0415
    from tests.support.tokens import id_claims, signed  # noqa: PLC0415

    with mock_aws():
        table, client = make_table(), APIClient()
        wire: list[str] = []
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {signed(id_claims())}")
        with _counting(wire):
            yield from _writes(table, client, wire)
            yield from _keyed(client, wire)
            yield from _reads(table, client, wire)


def _writes(table: Any, client: Any, wire: list[str]) -> Iterator[Usage]:
    def write(name: str, work: Callable[[], Any]) -> Usage:
        return _written(name, table, wire, work)

    yield write("POST, small", lambda: client.post(TASKS, SMALL, format="json"))
    yield write("POST, 1 KB of text", lambda: client.post(TASKS, LONG, format="json"))
    path = f"{TASKS}/{client.post(TASKS, SMALL, format='json').json()['id']}"
    yield write("PUT", lambda: client.put(path, {"status": "completed"}, format="json"))
    yield write("PATCH", lambda: client.patch(path, {"priority": "low"}, format="json"))
    yield write("DELETE", lambda: client.delete(path))


def _keyed(client: Any, wire: list[str]) -> Iterator[Usage]:
    def send(method: str, path: str, key: str) -> Any:
        body = None if method == "delete" else SMALL
        return getattr(client, method)(path, body, format="json", headers={"Idempotency-Key": key})

    for again in ("", ", replayed"):
        yield _counted(f"POST with a key{again}", wire, lambda: send("post", TASKS, "a"))
    path = f"{TASKS}/{client.post(TASKS, SMALL, format='json').json()['id']}"
    for method in ("put", "patch", "delete"):
        for again in ("", ", replayed"):
            yield _counted(f"{method.upper()} with a key{again}", wire, partial(send, method, path, method))


def _reads(table: Any, client: Any, wire: list[str]) -> Iterator[Usage]:
    from tests.support.units import contents, read_units  # noqa: PLC0415

    for _ in range(PAGE + 1):
        task_id = client.post(TASKS, SMALL, format="json").json()["id"]
    items = [item for (_, key), item in sorted(contents(table).items(), reverse=True) if key.startswith("TASK#")]
    one, page = read_units(items[:1], strong=True), read_units(items[: PAGE + 1], strong=False)
    yield _counted("GET", wire, lambda: client.get(f"{TASKS}/{task_id}"), one)
    yield _counted("GET, a list of 100", wire, lambda: client.get(f"{TASKS}?limit={PAGE}"), page)
    yield _counted("401", wire, lambda: type(client)().get(TASKS), fails=True)
    yield _counted("400", wire, lambda: client.post(TASKS, {}, format="json"), fails=True)


def _written(name: str, table: Any, wire: list[str], work: Callable[[], Any]) -> Usage:
    from tests.support.units import contents, write_units  # noqa: PLC0415

    before = contents(table)
    usage = _counted(name, wire, work)
    return Usage(name, usage.calls, write_units(before, contents(table)))


def _counted(
    name: str, wire: list[str], work: Callable[[], Any], units: float | None = None, *, fails: bool = False
) -> Usage:
    del wire[:]
    response = work()
    if (response.status_code >= 400) != fails:  # noqa: PLR2004
        raise RuntimeError(f"{name}: {response.status_code} {response.content!r}")
    return Usage(name, len(wire), units)


@contextmanager
def _counting(wire: list[str]) -> Iterator[None]:
    """Records the operations that the application sends. The measuring code uses another client."""
    from tasks.models import Item  # noqa: PLC0415

    events = Item._get_connection().connection.client.meta.events

    def note(event_name: str, **_: Any) -> None:
        wire.append(event_name)

    noting: Callable[..., Any] = note
    events.register_first("before-send.dynamodb", noting)
    yield


if __name__ == "__main__":
    main()
