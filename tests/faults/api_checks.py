"""Invariants of the API, checked for every answer against the table's own history."""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tests.faults.aws.dynamodb import Commit, Key
from tests.faults.aws.expressions import Item
from tests.faults.clients import Answer, Client
from tests.faults.plan import Request
from tests.faults.truth import is_entity
from tests.faults.violation import holds
from tests.faults.world import World

FIELDS = ("title", "description", "status", "priority", "category", "due_date")
WRITES = ("create", "update", "delete", "rename", "batch")
KEPT = timedelta(hours=24).total_seconds()
# A client's walk through pages: each is a request of its own.
WALKS = ("list",)
# Six tries of ours at most, each with three of the SDK's and two calls; more is no bound.
MAX_QUERIES = 60


@dataclass(frozen=True)
class Answered:
    """A request that was sent, and what came of it; no answer if it was cut off.

    started, ended: places in the table's history. shown_at: the time on the clock of the machine that answered.
    """

    request: Request
    client: Client
    sent: tuple[str, str, Any]
    held: int | None
    by: Any
    started: int
    ended: int
    shown_at: float
    calls: int
    answer: Answer | None


@dataclass
class Generation:
    """What one key stands for during its 24 hours."""

    expires_at: int
    sent: tuple[str, str, str]
    answer: tuple[int, bytes] | None = None
    writes: int = 0


@dataclass
class ApiChecks:
    world: World
    generations: dict[tuple[str, str], Generation] = field(default_factory=dict)

    def watch(self, commit: Commit) -> None:
        """Versions grow by one with each write of the API."""
        if not is_entity(commit.new) or commit.by in ("poison", "hand", "burst") or commit.new is None:
            return
        before = int(commit.old["version"]["N"]) if commit.old and is_entity(commit.old) else 0
        now = int(commit.new["version"]["N"])
        holds(15, now == before + 1, f"{commit.key[1]} went from version {before} to {now}")

    def bounded(self, verb: str, calls: int) -> None:
        holds(18, calls <= MAX_QUERIES, f"{verb} made {calls} calls to AWS")

    def check(self, one: Answered) -> None:
        writes = self._writes(one)
        if one.request.verb not in WALKS:
            self.bounded(one.request.verb, one.calls)
        if one.request.key and one.request.verb in WRITES:
            self._check_key(one, writes)
        if one.answer is None:
            if one.request.verb != "batch":
                holds(12, len(writes) <= 1, f"a {one.request.verb} that was cut off wrote {len(writes)} items")
            return
        self._check_effect(one, one.answer, writes)
        if one.request.verb == "get":
            self._check_read(one, one.answer)
        if one.answer.succeeded and one.answer.body:
            self._check_owner(one, one.answer.json)

    def _writes(self, one: Answered) -> list[Commit]:
        """The tasks and profiles that the request wrote."""
        span = self.world.table.commits[one.started : one.ended]
        return [commit for commit in span if commit.by == one.by and is_entity(commit.new)]

    def _check_effect(self, one: Answered, answer: Answer, writes: list[Commit]) -> None:
        verb, count = one.request.verb, len(writes)
        holds(12, answer.status < 500 or answer.status == 503, f"{verb} answered {answer.status}: {answer.body!r}")
        if verb == "batch":
            self._check_batch(answer, count)
        elif answer.status == 503:
            holds(12, count <= 1, f"{verb} answered 503 and wrote {count} items")
        elif not answer.succeeded or answer.is_replay:
            replayed = "replayed" if answer.is_replay else "refused"
            holds(12, count == 0, f"{verb} was {replayed} with {answer.status} and wrote {count} items")
        elif verb in WRITES:
            holds(12, count == 1, f"{verb} answered {answer.status} and wrote {count} items")
            self._check_write(one, answer, writes[0])

    def _check_batch(self, answer: Answer, count: int) -> None:
        if answer.succeeded and not answer.is_replay:
            results = answer.json["results"]
            done = [result for result in results if result["status"] < 300 and not result["replayed"]]
            busy = [result for result in results if result["status"] == 503]
            holds(12, len(done) <= count <= len(done) + len(busy), f"{len(done)} commands done, {count} items written")

    def _check_write(self, one: Answered, answer: Answer, commit: Commit) -> None:
        """What is answered is what was written, and that differs from what was there by what was sent alone."""
        new: Item = commit.new or {}
        version = int(new["version"]["N"])
        if one.request.verb in ("create", "update"):
            shown = answer.json
            holds(12, shown["version"] == version, f"version {shown['version']} answered, {version} written")
            stored = {name: new.get(name, {}).get("S") for name in FIELDS}
            holds(12, stored == {name: shown[name] for name in FIELDS}, f"{shown} answered, {stored} written")
            sent = one.sent[2] or {}
            wrong = [name for name in sent if sent[name] != shown[name]]
            holds(12, not wrong, f"{wrong} sent and not written by {one.request.verb}")
            _check_lifecycle(shown)
        if one.request.verb == "update" and commit.old:
            lost = [name for name in FIELDS if name not in one.sent[2] and commit.old.get(name) != new.get(name)]
            holds(15, not lost, f"an update of {sorted(one.sent[2])} changed {lost} too")
        if one.held is not None:
            holds(15, version == one.held + 1, f"If-Match {one.held} was taken for version {version - 1}")

    def _check_read(self, one: Answered, answer: Answer) -> None:
        """A task as it was at some moment between question and answer."""
        task_id = one.sent[1].rpartition("/")[2]
        key: Key = (f"USER#{one.client.sub}", f"TASK#{task_id}")
        states = [self.world.table.as_of(key, place) for place in range(one.started - 1, one.ended)]
        live = [state for state in states if state and "deleted_at" not in state]
        if answer.status == 404:
            holds(15, len(live) < len(states), f"404 for {task_id}, which was there all the time")
        elif answer.succeeded:
            versions = {int(state["version"]["N"]) for state in live}
            version = answer.json["version"]
            holds(15, version in versions, f"version {version} of {task_id} read, while it had {sorted(versions)}")

    def _check_owner(self, one: Answered, body: Any) -> None:
        """Every task that is returned is the caller's."""
        for task_id in _task_ids(body):
            holds(
                14,
                f"TASK#{task_id}" in self.world.table.partitions[f"USER#{one.client.sub}"],
                f"{task_id} is not theirs",
            )

    def _check_key(self, one: Answered, writes: list[Commit]) -> None:
        """Within its 24 hours a key stands for one request, which happens once and has one answer."""
        name = (one.client.sub, str(one.request.key))
        sent = (one.sent[0], one.sent[1], json.dumps(one.sent[2]))
        known = self.generations.get(name)
        if known and int(one.shown_at) >= known.expires_at:
            known = None
        if known is None:
            if not writes and not (one.answer and one.answer.succeeded):
                return
            known = self.generations[name] = Generation(int(one.shown_at + KEPT), sent)
        known.writes += len(writes)
        answer = one.answer
        if sent != known.sent:
            holds(
                11,
                (not writes and answer is None) or (answer and not answer.succeeded),
                f"{sent} done under the key of {known.sent}",
            )
            return
        most = len(one.sent[2]["commands"]) if one.request.verb == "batch" else 1
        holds(10, known.writes <= most, f"{known.writes} items written under one key, {most} at most")
        if answer and answer.succeeded and _is_settled(answer):
            said = answer.status, _without_marks(answer.body)
            holds(10, known.answer in (None, said), f"{said} answered under a key that was answered {known.answer}")
            known.answer = said


def check_walk(one: Answered, listed: list[str], world: World) -> None:
    """A list read to its end has every task that was there all the while, each once."""
    pk = f"USER#{one.client.sub}"
    keys = [(pk, sk) for sk in world.table.partitions.get(pk, ()) if sk.startswith("TASK#")]
    moments = range(max(one.started - 1, 0), one.ended)
    there = {key[1][5:] for key in keys if all(_live(world.table.as_of(key, place)) for place in moments)}
    holds(15, len(set(listed)) == len(listed), "a task came twice in a list")
    holds(15, there <= set(listed), f"{len(there - set(listed))} of {len(there)} tasks are missing in a list")


def _live(item: Item | None) -> bool:
    return item is not None and "deleted_at" not in item and is_entity(item) and "version" in item


def _check_lifecycle(task: Any) -> None:
    completed = task["status"] == "completed"
    holds(
        12,
        (task["completed_at"] is not None) == completed,
        f"{task['status']} with completed_at {task['completed_at']}",
    )
    if task["status"] == "in_progress":
        holds(12, task["started_at"] is not None, "in_progress without started_at")


def _task_ids(body: Any) -> Iterable[str]:
    if isinstance(body, list):
        return [task["id"] for task in body]
    if "changed" in body:
        return [task["id"] for task in (*body["changed"], *body["deleted"])]
    if "results" in body:
        return [result["task"]["id"] for result in body["results"] if result["task"]]
    return [body["id"]] if "title" in body else []


def _is_settled(answer: Answer) -> bool:
    results = (answer.json or {}).get("results", ()) if answer.body else ()
    return all(result["status"] not in (409, 503) for result in results)


def _without_marks(body: bytes) -> bytes:
    return body.replace(b'"replayed":true', b'"replayed":false')


def final_states(world: World) -> dict[str, dict[str, Item]]:
    """Per user partition the live tasks."""
    found: dict[str, dict[str, Item]] = defaultdict(dict)
    for (pk, sk), item in world.table.items.items():
        if sk.startswith("TASK#") and _live(item):
            found[pk][sk[5:]] = item
    return found
