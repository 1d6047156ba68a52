"""Clients on loopback who live a task's life over and over, and how long each answer took."""

import json
import math
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import urllib3

TASKS = "/api/v1/tasks"
SECONDS = 60
ROUTES = ("POST", "GET", "list", "PUT", "DELETE")


@dataclass
class Seen:
    """Seconds of every answer by route, and how many requests failed."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    failures: int = 0

    @property
    def requests(self) -> int:
        return sum(map(len, self.seconds.values())) + self.failures

    def percentile(self, route: str, share: float) -> float:
        """Nearest rank; seconds."""
        ordered = sorted(self.seconds[route])
        return ordered[max(0, math.ceil(share * len(ordered)) - 1)]

    def take(self, other: "Seen") -> None:
        self.failures += other.failures
        for route, seconds in other.seconds.items():
            self.seconds.setdefault(route, []).extend(seconds)


class Client:
    """One connection, kept open, with one user's token."""

    def __init__(self, url: str, token: str) -> None:
        address = urlsplit(url)
        self.pool = urllib3.HTTPConnectionPool(
            str(address.hostname), address.port, maxsize=1, retries=3, timeout=SECONDS
        )
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.seen = Seen()

    def live(self, go_on: Callable[[int], bool]) -> Seen:
        """Lives of tasks for as long as `go_on` says of the number lived so far; every third task stays."""
        lived = 0
        while go_on(lived):
            self._life(stays=lived % 3 == 0)
            lived += 1
        self.pool.close()
        return self.seen

    def _life(self, *, stays: bool) -> None:
        made = self._send("POST", "POST", TASKS, {"title": "Send the quarterly report", "priority": "high"})
        if made is None:
            return
        path = f"{TASKS}/{made['id']}"
        self._send("GET", "GET", path)
        self._send("PUT", "PUT", path, {"status": "completed"})
        self._send("list", "GET", TASKS)
        if not stays:
            self._send("DELETE", "DELETE", path)

    def _send(self, route: str, method: str, path: str, body: Any = None) -> Any:
        content = None if body is None else json.dumps(body)
        started = time.perf_counter()
        try:
            answer = self.pool.request(method, path, body=content, headers=self.headers)
        except urllib3.exceptions.HTTPError:
            self.seen.failures += 1
            return None
        if answer.status >= 400:  # noqa: PLR2004
            self.seen.failures += 1
            return None
        self.seen.seconds.setdefault(route, []).append(time.perf_counter() - started)
        return json.loads(answer.data) if answer.data else None


def at_once(url: str, tokens: list[str], go_on: Callable[[int], bool]) -> tuple[Seen, float]:
    """What as many clients as there are tokens saw together, and the seconds it took."""
    started, together = time.perf_counter(), Seen()
    with ThreadPoolExecutor(len(tokens)) as pool:
        for seen in pool.map(lambda token: Client(url, token).live(go_on), tokens):
            together.take(seen)
    return together, time.perf_counter() - started


def times(count: int) -> Callable[[int], bool]:
    return lambda lived: lived < count


def for_seconds(seconds: float) -> Callable[[int], bool]:
    ends = time.monotonic() + seconds
    return lambda _: time.monotonic() < ends


def percentiles(seen: Seen) -> Iterator[tuple[str, float, float]]:
    """Each route with its median and its 99th percentile, in milliseconds."""
    for route in ROUTES:
        yield route, seen.percentile(route, 0.5) * 1000, seen.percentile(route, 0.99) * 1000
