"""Clients on loopback that repeat a task's life, and measure how long each response takes."""

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
class Timings:
    """The response times in seconds by route, and the number of failed requests."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    failures: int = 0

    @property
    def requests(self) -> int:
        return sum(map(len, self.seconds.values())) + self.failures

    def percentile(self, route: str, share: float) -> float:
        """Nearest rank; seconds."""
        ordered = sorted(self.seconds[route])
        return ordered[max(0, math.ceil(share * len(ordered)) - 1)]

    def add(self, other: "Timings") -> None:
        self.failures += other.failures
        for route, seconds in other.seconds.items():
            self.seconds.setdefault(route, []).extend(seconds)


class Client:
    """A client with one user's token and one open connection."""

    def __init__(self, url: str, token: str) -> None:
        address = urlsplit(url)
        self.pool = urllib3.HTTPConnectionPool(
            str(address.hostname), address.port, maxsize=1, retries=3, timeout=SECONDS
        )
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.seen = Timings()

    def run(self, go_on: Callable[[int], bool]) -> Timings:
        """Repeats a task's life while `go_on(lives so far)` is true. Doesn't delete every third task."""
        lives = 0
        while go_on(lives):
            self._life(keep=lives % 3 == 0)
            lives += 1
        self.pool.close()
        return self.seen

    def _life(self, *, keep: bool) -> None:
        made = self._send("POST", "POST", TASKS, {"title": "Send the quarterly report", "priority": "high"})
        if made is None:
            return
        path = f"{TASKS}/{made['id']}"
        self._send("GET", "GET", path)
        self._send("PUT", "PUT", path, {"status": "completed"})
        self._send("list", "GET", TASKS)
        if not keep:
            self._send("DELETE", "DELETE", path)

    def _send(self, route: str, method: str, path: str, body: Any = None) -> Any:
        content = None if body is None else json.dumps(body)
        started = time.perf_counter()
        try:
            response = self.pool.request(method, path, body=content, headers=self.headers)
        except urllib3.exceptions.HTTPError:
            self.seen.failures += 1
            return None
        if response.status >= 400:  # noqa: PLR2004
            self.seen.failures += 1
            return None
        self.seen.seconds.setdefault(route, []).append(time.perf_counter() - started)
        return json.loads(response.data) if response.data else None


def run_concurrently(url: str, tokens: list[str], go_on: Callable[[int], bool]) -> tuple[Timings, float]:
    """Runs one client per token concurrently. Returns their combined timings and the duration in seconds."""
    started, combined = time.perf_counter(), Timings()
    with ThreadPoolExecutor(len(tokens)) as pool:
        for seen in pool.map(lambda token: Client(url, token).run(go_on), tokens):
            combined.add(seen)
    return combined, time.perf_counter() - started


def times(count: int) -> Callable[[int], bool]:
    return lambda lives: lives < count


def for_seconds(seconds: float) -> Callable[[int], bool]:
    ends = time.monotonic() + seconds
    return lambda _: time.monotonic() < ends


def percentiles(seen: Timings) -> Iterator[tuple[str, float, float]]:
    """Each route with its median and 99th percentile in milliseconds."""
    for route in ROUTES:
        yield route, seen.percentile(route, 0.5) * 1000, seen.percentile(route, 0.99) * 1000
